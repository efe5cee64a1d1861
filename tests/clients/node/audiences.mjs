// LINE's own Node client against the emulator: what it reads is checked here, what it did is checked by the test.
// LINE_URL and LINE_TOKEN say where and as whom; MESSAGE is the request id of a message of this channel.
import assert from "node:assert/strict";
import { HTTPFetchError, manageAudience } from "@line/bot-sdk";

const { LINE_URL, LINE_TOKEN, MESSAGE, SHARED, USER_IDS } = process.env;
const [ann, ben, cleo, dora, emil] = JSON.parse(USER_IDS);
const config = { baseURL: LINE_URL, channelAccessToken: LINE_TOKEN };
const api = new manageAudience.ManageAudienceClient(config);
const blob = new manageAudience.ManageAudienceBlobClient(config);
const file = (...ids) => new Blob([ids.map((id) => `${id}\n`).join("")], { type: "text/plain" });

async function createAndFill() {
  const made = await api.createAudienceGroup({
    description: "May buyers",
    isIfaAudience: false,
    uploadDescription: "first",
    audiences: [{ id: ann }, { id: ben }],
  });
  assert.equal(made.type, "UPLOAD");
  assert.equal(made.permission, "READ_WRITE");
  assert.equal(made.expireTimestamp, made.created + 180 * 86400);

  const audience = { audienceGroupId: made.audienceGroupId, audiences: [{ id: cleo }] };
  assert.deepEqual(await api.addAudienceToAudienceGroup(audience), {});
  assert.deepEqual(await blob.addUserIdsToAudience(file(dora), made.audienceGroupId, "third"), {});
  return made.audienceGroupId;
}

async function createByFile() {
  const made = await blob.createAudienceForUploadingUserIds(file(dora, emil), "Filed", false, "by file");
  assert.equal(made.description, "Filed");
  assert.equal(made.isIfaAudience, false);
  return made.audienceGroupId;
}

// Without its last two arguments this client says "undefined" in the form.
async function createByFileBriefly() {
  const made = await blob.createAudienceForUploadingUserIds(file(emil), "Brief");
  assert.equal(made.isIfaAudience, false);
  await api.deleteAudienceGroup(made.audienceGroupId);
}

async function createFromMessage() {
  const wanted = { description: "Reached", requestId: MESSAGE };
  const click = await api.createClickBasedAudienceGroup({ ...wanted, clickUrl: "https://shop.example/" });
  const seen = await api.createImpBasedAudienceGroup(wanted);
  assert.deepEqual([click.type, click.requestId, seen.type], ["CLICK", MESSAGE, "IMP"]);
  return [click.audienceGroupId, seen.audienceGroupId];
}

async function read(filled) {
  const { audienceGroup, jobs } = await api.getAudienceData(filled);
  assert.deepEqual([audienceGroup.status, audienceGroup.audienceCount], ["READY", 4]);
  assert.deepEqual(jobs.map((job) => job.description), ["third", null, "first"]);
  const page = await api.getAudienceGroups(1, undefined, "READY", 40, false, "MESSAGING_API");
  const named = await api.getAudienceGroups(1, "FILED");
  assert.deepEqual(named.audienceGroups.map((group) => group.description), ["Filed"]);
  return page.audienceGroups.map((group) => group.description);
}

async function readShared() {
  const { audienceGroups } = await api.getSharedAudienceGroups(1);
  const { owner } = await api.getSharedAudienceData(Number(SHARED));
  assert.deepEqual(audienceGroups.map((group) => group.audienceGroupId), [Number(SHARED)]);
  return { route: audienceGroups[0].createRoute, owner };
}

async function refusedWith(call) {
  const error = await call.then(() => assert.fail("this was accepted"), (reason) => reason);
  assert.ok(error instanceof HTTPFetchError, String(error));
  assert.ok(error.headers.get("x-line-request-id"));
  return [error.status, JSON.parse(error.body).details?.[0].message];
}

const filled = await createAndFill();
const filed = await createByFile();
await createByFileBriefly();
const reached = await createFromMessage();
const listed = await read(filled);
const shared = await readShared();
const refused = [
  await refusedWith(api.getAudienceData(5)),
  await refusedWith(api.createAudienceGroup({ description: "B", audiences: [{ id: "nobody" }] })),
  await refusedWith(blob.createAudienceForUploadingUserIds(file("nobody"), "B", false, "")),
  await refusedWith(new manageAudience.ManageAudienceClient({ ...config, channelAccessToken: "x" }).getAudienceData(5)),
];
assert.deepEqual(await api.updateAudienceGroupDescription(filled, { description: "Buyers" }), {});
const deleted = await api.deleteAudienceGroupWithHttpInfo(filed);
assert.deepEqual([deleted.httpResponse.status, deleted.body], [202, {}]);

console.log(JSON.stringify({ filled, filed, reached, listed, shared, refused }));
