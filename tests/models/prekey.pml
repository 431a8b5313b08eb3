/* One-time prekeys.

   E-17.4  a list is sealed to on the days on which it counts, and on no other
   E-17.5  a prekey counts for the one sender it was made for: another's note uses nothing up
   E-17.6  a place is used up durably before anything is sealed to it; only what was used up last,
           and of which nothing is kept, is given back
   E-17.7  the secret is destroyed in the transaction that stores what it opened
   E-17.8  a note that is refused uses its prekey up too
   E-17.9  what nothing came by is destroyed when every note of its days is opened, not before
   E-17.10 a restored sender claims no place of a list that had begun
   E-9.6   what a prekey opened is known by its sealed layer, and its replay is no damage

   A sender that seals twice at once, another member that seals to the same public keys, a reader,
   and a broker that shows any note again and again. What stands in a variable is durable; a crash
   is a step that is not taken. Each mutant (#ifdef) breaks one rule and must fail. */

#define KEYS 2

byte used;              /* at the sender: the next place */
byte copy;              /* what a backup has of it */
bool copied;
bool restored;
byte sealed[KEYS];      /* notes of the sender that were ever sealed to a place, and kept */
bool stolen[KEYS];      /* another member has sealed to that key */
bool lives[KEYS] = true;
bool known[KEYS];       /* its layer is known */
bool let_go[KEYS];      /* the sender's note is stored as opened, or set aside */
bool ended;             /* the days on which the list counts are over */
bool over;              /* and what nothing came by is destroyed */

#define WAITS ((sealed[0] && !let_go[0]) || (sealed[1] && !let_go[1]))

active [2] proctype Sender() {
    byte k;
    byte tries;
    bool since;         /* whether it began after the restore, which ends every other */
    for (tries : 1 .. 2) {
        if
#ifdef SEALS_AFTER_A_RESTORE
        :: atomic { used < KEYS -> k = used; used = k + 1; since = restored }
        :: used >= KEYS -> break                                         /* the day's key, then */
#else
        :: atomic { used < KEYS && !restored -> k = used; used = k + 1; since = restored }
        :: used >= KEYS || restored -> break
#endif
        fi;
        if
#ifdef SEALS_AFTER_ITS_DAYS
        :: d_step { since == restored ->
#else
        :: d_step { since == restored && !ended ->
#endif
#ifdef SEALS_BEFORE_IT_USES_UP
               if :: used == k + 1 -> used = k :: else fi;
#endif
               sealed[k]++; assert(sealed[k] <= 1) }
#ifdef GIVES_BACK_WHAT_IS_KEPT
           if :: atomic { used == k + 1 && since == restored -> used = k } :: true fi
#endif
        :: atomic {                                                      /* sealing failed */
#ifdef GIVES_BACK_WHAT_IS_NOT_LAST
               used > k && since == restored -> used = k
#else
               used == k + 1 && since == restored -> used = k
#endif
           }
        :: true                                                          /* crash */
        fi
    }
}

active proctype Calendar() {
    ended = true
}

active proctype Backup() {
    if
    :: atomic { copy = used; copied = true };
       if
       :: atomic { used = copy; restored = true }
       :: true
       fi
    :: true
    fi
}

active proctype Another() {
    if :: stolen[0] = true :: true fi;
    if :: stolen[1] = true :: true fi
}

inline shown(k) {        /* the broker shows the sender's note */
    if
    :: known[k]                                                          /* replayed */
    :: !known[k] -> assert(lives[k]);                            /* else lost, or `damaged` */
       if
       :: true ->                                                        /* opened */
#ifdef DESTROYS_IN_ANOTHER_TRANSACTION
           d_step { let_go[k] = true; known[k] = true };
           assert(!lives[k]);
           lives[k] = false
#else
#ifdef LAYER_NOT_KNOWN
           d_step { let_go[k] = true; lives[k] = false }
#else
           d_step { let_go[k] = true; known[k] = true; lives[k] = false };
           assert(!lives[k])
#endif
#endif
       :: true ->                                                        /* refused */
#ifdef REFUSED_KEEPS_ITS_KEY
           d_step { let_go[k] = true; known[k] = true };
#else
           d_step { let_go[k] = true; known[k] = true; lives[k] = false };
#endif
           assert(!lives[k])
       fi
    fi
}

inline shown_anothers(k) {
#ifdef ANOTHER_USES_IT_UP
    lives[k] = false
#else
    skip                                                                 /* key_mismatch */
#endif
}

active proctype Reader() {
end:
    do
    :: sealed[0] -> shown(0)
    :: sealed[1] -> shown(1)
    :: stolen[0] -> shown_anothers(0)
    :: stolen[1] -> shown_anothers(1)
#ifdef DIES_WHILE_A_NOTE_WAITS
    :: d_step { ended && !over -> over = true; lives[0] = false; lives[1] = false }
#else
    :: d_step { ended && !WAITS && !over -> over = true; lives[0] = false; lives[1] = false }
#endif
    od
}
