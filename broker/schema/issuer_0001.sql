-- The issuer's one table: how many tokens a member has had, and the answer it was given, so that
-- a lost answer can be given again. No token is here; a blinded message is not the token.
CREATE TABLE portions (
    member_id    BLOB NOT NULL,
    token_class  TEXT NOT NULL,
    day          INTEGER NOT NULL,
    request_hash BLOB NOT NULL,
    week         INTEGER NOT NULL,
    count        INTEGER NOT NULL CHECK (count > 0),
    response     BLOB,
    PRIMARY KEY (member_id, token_class, day, request_hash)
) STRICT, WITHOUT ROWID;
