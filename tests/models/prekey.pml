/* One-time prekeys.

   E-17.6  a prekey is used up durably before anything is sealed to it
   E-17.7  it is destroyed in the transaction that stores what it opened
   E-4.4   a reader without the prekey tries the day's inner key, and else the note stays shut

   One sender with two prekeys of one reader and three notes to send; both die at any step. What
   stands in a variable is durable. Each mutant (#ifdef) breaks one rule and must fail. */

#define KEYS 2
#define NOTES 3

bool used[KEYS];        /* at the sender */
byte sealed[KEYS];      /* how many notes were ever sealed to it */
bool lives[KEYS] = true;
bool opened[KEYS];      /* the reader has stored what it opened */
chan board = [NOTES] of { byte };

inline seal(k) {
    sealed[k]++;
    assert(sealed[k] <= 1);
    board!k
}

active proctype Sender() {
    byte k;
    byte note;
    for (note : 1 .. NOTES) {
        if
        :: !used[0] -> k = 0
        :: used[0] && !used[1] -> k = 1
        :: used[0] && used[1] -> break                                   /* the epoch key, then */
        fi;
#ifdef SEALS_BEFORE_IT_USES_UP
        seal(k);
        if
        :: used[k] = true
        :: true                                                          /* crash */
        fi
#else
        used[k] = true;
        if
        :: seal(k)
        :: true                                                          /* crash */
        fi
#endif
    }
}

active proctype Reader() {
    byte k;
end:
    do
    :: board?k ->
        if
        :: !lives[k]
        :: lives[k] ->
#ifdef DESTROYS_IN_ANOTHER_TRANSACTION
            opened[k] = true;
            assert(!(opened[k] && lives[k]));
            lives[k] = false
#else
            d_step { opened[k] = true; lives[k] = false };
            assert(!(opened[k] && lives[k]))
#endif
        fi
    od
}
