-- The broker's tables. What is not here cannot leak: no writer, no reader, no moment of one act.
-- Tables that live while cells arrive are emptied when a batch closes; what remains was inserted
-- in the order of its hashes. WITHOUT ROWID, because a rowid counts arrivals.

-- One row. No instance: a backup, born nameless (the restore rule in broker/storage.py).
CREATE TABLE store (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    instance    TEXT,
    closed_week INTEGER NOT NULL           -- tokens of this week and before are refused for ever
) STRICT;

CREATE TABLE former (                      -- every name this store and its ancestors ever bore
    instance TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
    board     TEXT NOT NULL,
    class     INTEGER NOT NULL,            -- class code: also the order of a leaf list
    cell_hash BLOB NOT NULL,
    slot      INTEGER,                     -- small classes: the slot of that class's slab
    staged    TEXT,                        -- others: the name of a file in staged/
    PRIMARY KEY (board, class, cell_hash),
    CHECK ((slot IS NULL) <> (staged IS NULL))
) STRICT, WITHOUT ROWID;

-- Tokens spent since their board's last batch. Two tables, so that the large one grows in order
-- of its keys, batch by batch: the place of a row within a page would else tell its arrival.
CREATE TABLE spent_new (
    spent_key BLOB PRIMARY KEY,
    board     TEXT NOT NULL,
    week      INTEGER NOT NULL,
    bound     BLOB                         -- hash of the cell it paid for; null for an upload
) STRICT, WITHOUT ROWID;

CREATE TABLE spent (
    spent_key BLOB PRIMARY KEY,
    week      INTEGER NOT NULL,
    bound     BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
    upload_id TEXT PRIMARY KEY,
    spent_key BLOB NOT NULL UNIQUE,
    board     TEXT NOT NULL,
    class     INTEGER NOT NULL,
    "offset"  INTEGER NOT NULL,            -- bytes that are on disk
    last_day  INTEGER NOT NULL,
    kept      BLOB                         -- the cell's hash, when the whole body is
) STRICT, WITHOUT ROWID;

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

INSERT INTO store VALUES (1, NULL, -1);
