/* One-time prekeys.

   E-17.4  a list is sealed to on the days on which it counts, and on no other
   E-17.5  another member's note that a prekey opens does not use it up
   E-17.6  a prekey is used up durably before anything is sealed to it, and given back only when
           nothing that was sealed to it is kept
   E-17.7  it is destroyed in the transaction that stores what it opened
   E-17.8  and in the one that lets go of what its sender signed and the reader refuses
   E-17.9  one that nothing came by is destroyed when every note of its days is opened
   E-17.10 a sender restored from a copy seals to no list that had begun

   One sender with two prekeys of one reader and three notes to send; another member that seals to
   any of them, for lists are public; a copy of the sender's store, and its restoring, at any step.
   All die at any step. What stands in a variable is durable. Each mutant (#ifdef) breaks one rule
   and must fail. */

#define KEYS 2
#define NOTES 3

bool used[KEYS];            /* at the sender */
bool copied[KEYS];          /* in the copy of its store */
bool burnt;                 /* restored: no key of this list any more */
byte sealed[KEYS];          /* how many notes that may leave were ever sealed to it */
bool over;                  /* the days on which the list counts have ended */

bool lives[KEYS] = true;    /* at the reader */
bool spent[KEYS];           /* its sender's note came by it: nothing else will */

/* Which key, whether its own sender signed it, and whether the reader refuses what it says. */
chan board = [NOTES + 1] of { byte, bool, bool };

inline bind(k) {
    sealed[k]++;
    assert(sealed[k] <= 1);
    if
    :: board!k,true,false
    :: board!k,true,true
    fi
}

active proctype Sender() {
    byte k;
    byte note;
    for (note : 1 .. NOTES) {
        if
        :: burnt || (used[0] && used[1]) -> break                        /* the day's key, then */
        :: !burnt && !used[0] -> k = 0
        :: !burnt && used[0] && !used[1] -> k = 1
        fi;
#ifdef SEALS_BEFORE_IT_USES_UP
        atomic {
            if
            :: over -> break
            :: !over -> bind(k)
            fi
        };
        if
        :: used[k] = true
        :: true                                                          /* crash */
        fi
#else
        used[k] = true;
        if
        :: atomic {
            if
#ifdef SEALS_AFTER_THE_LISTS_DAYS
            :: bind(k)
#else
            :: over -> break
            :: !over -> bind(k)
#endif
            fi
        };
#ifdef GIVES_BACK_WHAT_IS_KEPT
            if
            :: used[k] = false
            :: true
            fi
#endif
        :: used[k] = false                              /* refused: nothing was kept of it */
        :: true                                                          /* crash */
        fi
#endif
    }
}

active proctype Copy() {
    d_step { copied[0] = used[0]; copied[1] = used[1] };
    if
    :: d_step {
        used[0] = copied[0];
        used[1] = copied[1];
#ifdef SEALS_TO_LISTS_OF_BEFORE
        skip
#else
        burnt = true
#endif
    }
    :: true
    fi
}

active proctype Other() {
    if
    :: board!0,false,false
    :: board!1,false,false
    :: true
    fi
}

active proctype Reader() {
    byte k;
    bool own;
    bool refused;
end:
    do
    :: board?k,own,refused ->
        assert(!own || lives[k]);                                /* no note is lost */
        if
        :: !own ->
#ifdef IS_USED_UP_BY_ANOTHER
            lives[k] = false
#else
            true
#endif
        :: own && refused ->
#ifdef OUTLIVES_WHAT_WAS_REFUSED
            spent[k] = true
#else
            d_step { spent[k] = true; lives[k] = false }
#endif
        :: own && !refused ->
#ifdef DESTROYS_IN_ANOTHER_TRANSACTION
            spent[k] = true;
            assert(!(spent[k] && lives[k]));
            lives[k] = false
#else
            d_step { spent[k] = true; lives[k] = false }
#endif
        fi;
        assert(!(spent[k] && lives[k]))
#ifdef DIES_WITH_NOTES_UNOPENED
    :: over -> d_step { lives[0] = false; lives[1] = false }
#else
    :: over && empty(board) -> d_step { lives[0] = false; lives[1] = false }
#endif
    od
}

active proctype Calendar() {
    over = true
}
