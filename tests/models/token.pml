/* A token pays for one cell, whoever asks, how often, and whenever the broker dies.

   E-12.8  the trace of a spent token is unique, is written in the transaction that keeps the cell,
           and is destroyed with the week; a second cell for it is `double_spend`
   P-5.6   kept and spent are one transaction
   P-5.7   the same cell with the same token is answered as the first time (broker/PROTOCOL.md)

   Two workers take posts at once: cell 0, cell 1, each again and again, all with one token. What
   stands in a variable is durable; a crash is a step that is not taken. Each mutant (#ifdef)
   breaks one rule and must fail. */

#define NOTHING 2
#define REFUSED 3

byte spent = NOTHING;   /* the cell that the token paid for */
bool kept[2];
bool answered[2];       /* the poster was told that its cell is kept */
bool week_open = true;

inline look() {
    assert(!(kept[0] && kept[1]));
    assert(!answered[0] || kept[0]);
    assert(!answered[1] || kept[1])
}

active [2] proctype Worker() {
    byte cell;
    byte found;
    do
    :: week_open -> select(cell : 0 .. 1);
#ifdef LOOKS_BEFORE_IT_WRITES
        found = spent;
        if
        :: d_step { week_open && found == NOTHING -> spent = cell; kept[cell] = true; answered[cell] = true; look() }
        :: else
        fi
#else
#ifdef SPENDS_BEFORE_IT_KEEPS
        d_step {
            if
            :: !week_open -> found = REFUSED
            :: week_open -> found = spent; if :: spent == NOTHING -> spent = cell :: else fi
            fi
        };
        if
        :: found == NOTHING -> d_step { kept[cell] = true; answered[cell] = true; look() }
        :: found == cell -> d_step { answered[cell] = true; look() }
        :: found == NOTHING                                              /* crash */
        :: else                                                          /* double_spend */
        fi
#else
        d_step {
            if
            :: !week_open                                                /* expired */
            :: week_open && spent == NOTHING ->
                spent = cell; kept[cell] = true; answered[cell] = true
#ifdef ASKED_AGAIN_IS_ANOTHER
#else
            :: week_open && spent == cell -> answered[cell] = true
#endif
            :: else -> assert(!kept[cell])                               /* double_spend */
            fi;
            look()
        }
#endif
#endif
    :: !week_open -> break
    od
}

active proctype Calendar() {
#ifdef FORGETS_BEFORE_THE_WEEK_ENDS
    spent = NOTHING;
    week_open = false
#else
    d_step { week_open = false; spent = NOTHING }
#endif
}
