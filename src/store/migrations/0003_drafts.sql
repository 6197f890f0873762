-- Projects in the making: what the wizard has so far, one row a wizard.
CREATE TABLE draft (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    -- The project that is being changed, and when it was changed last before;
    -- NULL: a new one.
    project_id TEXT REFERENCES project (id) ON DELETE CASCADE,
    base       INTEGER,
    -- Rises with every change, so that two browsers don't overwrite each other.
    version    INTEGER NOT NULL,
    input      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
