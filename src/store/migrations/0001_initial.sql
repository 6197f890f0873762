-- Times are UTC milliseconds since 1970 unless a name says otherwise.

CREATE TABLE user (
    name          TEXT PRIMARY KEY COLLATE NOCASE,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    password_hash TEXT NOT NULL,
    must_change   INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    created_at    INTEGER NOT NULL
) STRICT;

-- A browser's login. Only a hash of the token is kept.
CREATE TABLE login (
    token_hash BLOB PRIMARY KEY,
    user_name  TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,
    csrf       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE datasource (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('oceanbase-ce', 'mysql', 'mariadb', 'rocketmq')),
    connection TEXT NOT NULL,
    secret     BLOB,
    note       TEXT NOT NULL,
    creator    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL UNIQUE,
    status            TEXT NOT NULL CHECK
        (status IN ('init', 'running', 'suspended', 'failed', 'releasing', 'released')),
    -- The project's own copy of its connections: a data source may be changed
    -- or deleted without harm to it.
    source_name       TEXT NOT NULL,
    source_connection TEXT NOT NULL,
    source_secret     BLOB,
    target_name       TEXT NOT NULL,
    target_connection TEXT NOT NULL,
    target_secret     BLOB,
    -- Microseconds since 1970; NULL: the end of the log at the first start.
    start_micros      INTEGER,
    options           TEXT NOT NULL,
    failure           TEXT,
    -- Digest of the settings that passed the precheck.
    prechecked        TEXT,
    creator           TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE project_table (
    project_id    TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    ordinal       INTEGER NOT NULL,
    database_name TEXT NOT NULL,
    table_name    TEXT NOT NULL,
    topic         TEXT NOT NULL,
    shard_columns TEXT NOT NULL,
    PRIMARY KEY (project_id, database_name, table_name)
) STRICT;

CREATE TABLE tag (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    creator    TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE project_tag (
    project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    tag_id     INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, tag_id)
) STRICT;

CREATE TABLE checkpoint (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    saved_at   INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX checkpoint_project ON checkpoint (project_id, id);

CREATE TABLE schema_version (
    project_id    TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    database_name TEXT NOT NULL,
    table_name    TEXT NOT NULL,
    valid_from    TEXT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (project_id, version)
) STRICT;

-- Who did what, when, and how it ended. Kept when its object is deleted.
CREATE TABLE operation (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL CHECK (object_kind IN ('project', 'datasource', 'tag', 'user')),
    object_id   TEXT NOT NULL,
    object_name TEXT NOT NULL,
    result      TEXT NOT NULL CHECK (result IN ('done', 'failed')),
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX operation_object ON operation (object_id, id);

-- Figures of running projects, for the charts.
CREATE TABLE sample (
    project_id       TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    at               INTEGER NOT NULL,
    lag_ms           INTEGER NOT NULL,
    rows_per_second  REAL NOT NULL,
    bytes_per_second REAL NOT NULL,
    send_micros      REAL NOT NULL,
    PRIMARY KEY (project_id, at)
) STRICT, WITHOUT ROWID;
