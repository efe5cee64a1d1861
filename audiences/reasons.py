"""Why a run waits or stopped: what happened, and what to do, for whoever reads it at three in the morning."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Stop(TextChoices):
    """The label says what happened; `what_to_do` says the rest."""

    # It waits and goes on by itself.
    LINE_UNREACHABLE = "line_unreachable", _("LINE could not be reached. Nothing was sent by this attempt.")
    ANSWER_LOST = (
        "answer_lost",
        _("LINE's answer to the last upload was lost; LINE may have taken it or not."),
    )
    STRANGE_ANSWER = "strange_answer", _("LINE answered something that is not one of its answers.")
    LINE_BUSY = "line_busy", _("LINE is still working on an earlier change of this audience.")
    RATE_LIMITED = "rate_limited", _("LINE asks this API key to slow down.")
    REPLACES_FULL = (
        "replaces_full",
        _("Three audiences of this ad account are being replaced already: LINE allows no more."),
    )
    # It needs a person.
    TRIED_8_TIMES = "tried_8_times", _("The same upload was tried eight times and did not get through.")
    STRANGE_ANSWERS = "strange_answers", _("LINE answered three times with something that is not its answer.")
    REDIRECTED = "redirected", _("LINE's address answered with a redirect, which is never followed.")
    CERTIFICATE = "certificate", _("The server at LINE's address could not prove that it is LINE.")
    KEY_REFUSED = "key_refused", _("LINE refused the API key.")
    CLOCK_OFF = "clock_off", _("LINE refused the signature because this server's clock is wrong.")
    NO_PERMISSION = "no_permission", _("The API key's group may not use this ad account.")
    NO_KEY = "no_key", _("No API key of this organization reaches the ad account.")
    LINK_ENDED = "link_ended", _("The ad account is no longer linked to this organization.")
    SENDER_LEFT = (
        "sender_left",
        _("The person who allowed this run may no longer send lists in this organization."),
    )
    AUDIENCE_GONE = "audience_gone", _("The audience no longer exists at LINE.")
    AUDIENCE_EXPIRED = "audience_expired", _("The audience has expired at LINE.")
    AUDIENCE_FAILED = "audience_failed", _("LINE could not make an audience of this list.")
    JOB_FAILED = "job_failed", _("LINE took a part of the list but then failed to process it.")
    NAME_TAKEN = "name_taken", _("LINE already has an audience with this name that this run did not create.")
    BAD_NAME = "bad_name", _("LINE does not accept the audience's name.")
    TOO_MANY_AUDIENCES = "too_many_audiences", _("The ad account holds as many audiences as LINE allows.")
    BAD_ROWS = "bad_rows", _("LINE refused a part because of its content.")
    PART_TOO_LARGE = "part_too_large", _("LINE refused a part because of its size.")
    REFUSED = "refused", _("LINE refused the upload.")
    NOT_CONFIRMED = (
        "not_confirmed",
        _("LINE took the list, but did not report it as processed within 24 hours."),
    )
    REPLACE_DISTURBED = (
        "replace_disturbed",
        _("LINE processed a repeated replacement late, three times, so members may be missing."),
    )
    KEEPS_DYING = "keeps_dying", _("Three workers in a row died at this point of the run.")
    # It is over.
    NOTHING_TO_SEND = "nothing_to_send", _("The list has no value that can be sent.")
    LIST_GONE = "list_gone", _("The uploaded list is no longer kept.")
    LIST_UNREADABLE = "list_unreadable", _("The list cannot be read the way the connector says.")
    STORAGE_FULL = "storage_full", _("This installation's storage is full.")
    PARTS_GONE = "parts_gone", _("A prepared part is missing or was changed in the storage.")
    EXPIRED = "expired", _("The prepared list was kept for seven days without being sent.")


_BY_ITSELF = _("Nothing. The run tries again by itself.")
_RESUME = _("Mend this, then resume the run: what LINE has already taken is not sent again.")
_START_AGAIN = _("Start the connector again.")
_OPERATOR = _("Tell whoever operates this installation; resume the run when it is mended.")

WHAT_TO_DO = {
    Stop.LINE_UNREACHABLE: _BY_ITSELF,
    Stop.ANSWER_LOST: _(
        "Nothing. The run asks LINE what became of it and repeats it only if that is harmless."
    ),
    Stop.STRANGE_ANSWER: _BY_ITSELF,
    Stop.LINE_BUSY: _BY_ITSELF,
    Stop.RATE_LIMITED: _BY_ITSELF,
    Stop.REPLACES_FULL: _BY_ITSELF,
    Stop.TRIED_8_TIMES: _("See in the call log what LINE answered. Resume the run when LINE works again."),
    Stop.STRANGE_ANSWERS: _("Check the address of LINE's API in the settings, then resume the run."),
    Stop.REDIRECTED: _("Check the address of LINE's API in the settings, then resume the run."),
    Stop.CERTIFICATE: _(
        "Check the network between this server and LINE. Resume only when it can be trusted."
    ),
    Stop.KEY_REFUSED: _("An administrator checks the API key or enters its new secret; then resume the run."),
    Stop.CLOCK_OFF: _("Set this server's clock by the network, then resume the run."),
    Stop.NO_PERMISSION: _(
        "In LINE Ad Manager, link the key's group to this ad account; then resume the run."
    ),
    Stop.NO_KEY: _(
        "An administrator enters an API key whose group reaches the ad account; then resume the run."
    ),
    Stop.LINK_ENDED: _("The account's new organization feeds it from now on. Cancel this run."),
    Stop.SENDER_LEFT: _("Somebody who may send lists checks the run and resumes it, or cancels it."),
    Stop.AUDIENCE_GONE: _("Cancel this run and send the list to a new audience."),
    Stop.AUDIENCE_EXPIRED: _("Cancel this run and send the list to a new audience."),
    Stop.AUDIENCE_FAILED: _(
        "LINE needs enough people it knows. Check the column and the phone form, then resume."
    ),
    Stop.JOB_FAILED: _("Resume the run to send this part again. If it fails again, ask LINE's support."),
    Stop.NAME_TAKEN: _("Cancel this run. Choose that audience as the destination, or another name."),
    Stop.BAD_NAME: _("Cancel this run and give the audience another name."),
    Stop.TOO_MANY_AUDIENCES: _(
        "Delete audiences that are no longer used in LINE Ad Manager, then resume the run."
    ),
    Stop.BAD_ROWS: _(
        "Check that the column and its kind are right. Cancel this run and start the connector again."
    ),
    Stop.PART_TOO_LARGE: _("Cancel this run and tell whoever operates this installation."),
    Stop.REFUSED: _RESUME,
    Stop.NOT_CONFIRMED: _("Look at the audience in LINE Ad Manager. Resume to go on waiting for LINE."),
    Stop.REPLACE_DISTURBED: _("Resume the run to replace the audience once more from the beginning."),
    Stop.KEEPS_DYING: _OPERATOR,
    Stop.NOTHING_TO_SEND: _("Look at the reasons beside the counts. Most often the wrong column was chosen."),
    Stop.LIST_GONE: _("Upload the list again."),
    Stop.LIST_UNREADABLE: _("Check how the file is read, and upload it again if it was cut."),
    Stop.STORAGE_FULL: _("Tell whoever operates this installation to free some space. Then start again."),
    Stop.PARTS_GONE: _START_AGAIN,
    Stop.EXPIRED: _START_AGAIN,
}


def what_happened(code: str) -> str:
    """One sentence; nothing for no reason."""
    return str(Stop(code).label) if code in Stop.values else ""


def what_to_do(code: str) -> str:
    return str(WHAT_TO_DO[Stop(code)]) if code in Stop.values else ""
