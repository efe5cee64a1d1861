"""The tables of the emulator's database, and the way from older ones to them."""

from __future__ import annotations

VERSION = 1  # PRAGMA user_version; raise it with every change below, and say in UPGRADES how to get there

TABLES = """
CREATE TABLE IF NOT EXISTS groups (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, parent TEXT REFERENCES groups (id),
    created REAL NOT NULL, modified REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keys (
    access_key TEXT PRIMARY KEY, secret_key TEXT NOT NULL, group_id TEXT NOT NULL REFERENCES groups (id),
    roles TEXT NOT NULL, revoked INTEGER NOT NULL CHECK (revoked IN (0, 1))) STRICT;
CREATE TABLE IF NOT EXISTS ad_accounts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, timezone TEXT NOT NULL, currency TEXT NOT NULL,
    country TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL, removed REAL,
    line_id TEXT, line_name TEXT) STRICT;
CREATE TABLE IF NOT EXISTS link_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL REFERENCES groups (id),
    account_id TEXT NOT NULL REFERENCES ad_accounts (id),
    status TEXT NOT NULL
        CHECK (status IN ('WAITING_APPROVAL', 'REJECTED', 'LINKED', 'CANCELED', 'UNLINKED')),
    created REAL NOT NULL, modified REAL NOT NULL, removed REAL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_open_request ON link_requests (group_id, account_id)
    WHERE status IN ('WAITING_APPROVAL', 'LINKED');
CREATE TABLE IF NOT EXISTS channels (basic_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS audiences (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
    function_type TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'READY', 'FAILED')),
    failed_type TEXT, created REAL NOT NULL, uploaded REAL NOT NULL, members INTEGER, deleted REAL,
    create_route TEXT NOT NULL, rule TEXT, size INTEGER, in_use INTEGER NOT NULL CHECK (in_use IN (0, 1)))
    STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_name_per_ad_account ON audiences (owner, name)
    WHERE deleted IS NULL AND service = 'lap';
CREATE INDEX IF NOT EXISTS audiences_of_owner ON audiences (service, owner) WHERE deleted IS NULL;
CREATE INDEX IF NOT EXISTS oldest_audiences
    ON audiences (CASE service WHEN 'account' THEN created ELSE uploaded END) WHERE deleted IS NULL;
CREATE INDEX IF NOT EXISTS deleted_audiences ON audiences (id) WHERE deleted IS NOT NULL;
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    audience_id INTEGER NOT NULL REFERENCES audiences (id) ON DELETE CASCADE,
    name TEXT NOT NULL, type TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('RUNNING', 'FINISHED', 'FAILED')),
    fails TEXT, count INTEGER NOT NULL, created REAL NOT NULL,
    started REAL NOT NULL, run TEXT) STRICT;
CREATE INDEX IF NOT EXISTS jobs_of_audience ON jobs (audience_id);
CREATE INDEX IF NOT EXISTS running_jobs ON jobs (state) WHERE state = 'RUNNING';
CREATE TABLE IF NOT EXISTS runs (
    name TEXT PRIMARY KEY, audience_id INTEGER NOT NULL REFERENCES audiences (id) ON DELETE CASCADE) STRICT;
CREATE INDEX IF NOT EXISTS runs_of_audience ON runs (audience_id);
CREATE TABLE IF NOT EXISTS tag_events (
    tag TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('pageView', 'conversion', 'custom')),
    name TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')), contact REAL,
    PRIMARY KEY (tag, kind, name)) STRICT;
CREATE TABLE IF NOT EXISTS conversions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, name TEXT NOT NULL,
    description TEXT, status TEXT NOT NULL CHECK (status IN ('RUNNING', 'PAUSED')),
    rule TEXT NOT NULL, created REAL NOT NULL, UNIQUE (account, name)) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    request_id TEXT PRIMARY KEY, basic_id TEXT NOT NULL, sent REAL NOT NULL,
    clicked INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS shares (
    receiver TEXT NOT NULL, resource TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    create_route TEXT NOT NULL, owner_service TEXT NOT NULL, owner_code TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    PRIMARY KEY (receiver, resource)) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, pattern TEXT NOT NULL, times INTEGER NOT NULL CHECK (times >= 0),
    moment TEXT NOT NULL CHECK (moment IN ('before', 'after')), act TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    action TEXT, id_type TEXT, rows INTEGER, status INTEGER, ids INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS clock (
    id INTEGER PRIMARY KEY CHECK (id = 1), job_seconds REAL NOT NULL, offset_seconds REAL NOT NULL) STRICT;
INSERT INTO sqlite_sequence (name, seq)
    SELECT first.column1, first.column2
    FROM (VALUES ('jobs', 50000000), ('link_requests', 100), ('conversions', 70000000)) AS first
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = first.column1);
"""

# From the version that is the key to the next one; TABLES then adds what is new.
UPGRADES = {
    0: """
ALTER TABLE groups ADD COLUMN parent TEXT REFERENCES groups (id);
ALTER TABLE groups ADD COLUMN created REAL NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN modified REAL NOT NULL DEFAULT 0;
ALTER TABLE ad_accounts ADD COLUMN modified REAL NOT NULL DEFAULT 0;
ALTER TABLE ad_accounts ADD COLUMN removed REAL;
ALTER TABLE ad_accounts ADD COLUMN line_id TEXT;
ALTER TABLE ad_accounts ADD COLUMN line_name TEXT;
CREATE TABLE link_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL REFERENCES groups (id),
    account_id TEXT NOT NULL REFERENCES ad_accounts (id), status TEXT NOT NULL,
    created REAL NOT NULL, modified REAL NOT NULL, removed REAL) STRICT;
INSERT INTO link_requests (group_id, account_id, status, created, modified)
    SELECT g.group_id, a.id, 'LINKED', a.created, a.created
    FROM group_accounts g JOIN ad_accounts a ON a.id = g.account_id;
DROP TABLE group_accounts;
ALTER TABLE audiences ADD COLUMN create_route TEXT NOT NULL DEFAULT 'AD_MANAGER';
ALTER TABLE audiences ADD COLUMN rule TEXT;
ALTER TABLE audiences ADD COLUMN size INTEGER;
ALTER TABLE audiences ADD COLUMN in_use INTEGER NOT NULL DEFAULT 0;
DROP INDEX one_name_per_owner;
ALTER TABLE jobs RENAME COLUMN fails TO failed;
ALTER TABLE jobs ADD COLUMN fails TEXT;
UPDATE jobs SET fails = 'INTERNAL_ERROR' WHERE failed = 1;
ALTER TABLE jobs DROP COLUMN failed;
ALTER TABLE shares RENAME TO old_shares;
CREATE TABLE shares (
    receiver TEXT NOT NULL, resource TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    create_route TEXT NOT NULL, owner_service TEXT NOT NULL, owner_code TEXT NOT NULL,
    owner_name TEXT NOT NULL, PRIMARY KEY (receiver, resource)) STRICT;
INSERT INTO shares SELECT receiver, CAST(audience_id AS TEXT), name, kind, create_route, owner_service,
    owner_code, owner_name FROM old_shares;
DROP TABLE old_shares;
""",
}
