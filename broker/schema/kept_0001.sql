-- What lasts. What is not here cannot leak: no writer, no reader, no moment of one act. Everything
-- comes from a closed batch, in order of its hashes, so that these pages are the same whatever the
-- order in which cells came. WITHOUT ROWID, because a rowid counts.

-- One row. No instance: a backup, born nameless (the restore rule in broker/storage.py).
CREATE TABLE store (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    instance    TEXT,
    closed_week INTEGER NOT NULL           -- tokens of this week and before are refused for ever
) STRICT;
INSERT INTO store VALUES (1, NULL, -1);

CREATE TABLE former (                      -- every name this store and its ancestors ever bore
    instance TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE spent (
    spent_key BLOB PRIMARY KEY,
    week      INTEGER NOT NULL,
    bound     BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_week ON spent (week);

CREATE TABLE finished (                    -- uploads whose cell is in a batch
    upload_id TEXT PRIMARY KEY,
    spent_key BLOB NOT NULL UNIQUE,
    board     TEXT NOT NULL,
    class     INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    kept      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
    board         TEXT NOT NULL,
    number        INTEGER NOT NULL,
    leaves_sha256 BLOB NOT NULL,
    frontier      BLOB NOT NULL,
    checkpoint    TEXT NOT NULL,
    expires       INTEGER NOT NULL,
    gone          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (board, number)
) STRICT, WITHOUT ROWID;
-- Leaf lists stay for years and cells for a fortnight: what looks for cells skips the years.
CREATE INDEX batches_kept ON batches (expires) WHERE gone = 0;

CREATE TABLE leaves (
    board   TEXT NOT NULL,
    number  INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (board, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
    board  TEXT NOT NULL,
    number INTEGER NOT NULL,
    class  INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    PRIMARY KEY (board, number, class)
) STRICT, WITHOUT ROWID;

-- The keys board is signed and public among members; its order is its meaning.
CREATE TABLE published (
    cursor    INTEGER PRIMARY KEY AUTOINCREMENT,
    member_id BLOB NOT NULL,
    kind      TEXT NOT NULL,
    sha256    BLOB NOT NULL UNIQUE,
    signed    BLOB NOT NULL,
    last_day  INTEGER NOT NULL
) STRICT;
CREATE INDEX published_latest ON published (member_id, kind, cursor);
