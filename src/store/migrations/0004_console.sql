-- Where a login came from: shown to its owner, who may end it.
ALTER TABLE login ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE login ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- Settings that are changed while the service runs; what is missing has its default.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How soon a project counts as lagging.
ALTER TABLE project ADD COLUMN alarm_level TEXT NOT NULL DEFAULT 'low'
    CHECK (alarm_level IN ('high', 'medium', 'low', 'ignore'));

-- The same log, that may also name settings.
CREATE TABLE operation_new (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL CHECK (object_kind IN ('project', 'datasource', 'tag', 'user', 'setting')),
    object_id   TEXT NOT NULL,
    object_name TEXT NOT NULL,
    result      TEXT NOT NULL CHECK (result IN ('done', 'failed')),
    detail      TEXT NOT NULL
) STRICT;
INSERT INTO operation_new SELECT id, at, actor, action, object_kind, object_id, object_name, result, detail FROM operation;
DROP TABLE operation;
ALTER TABLE operation_new RENAME TO operation;
CREATE INDEX operation_object ON operation (object_id, id);
CREATE INDEX operation_at ON operation (at);
