/* Opening: once and only once, and nothing lost, under crash, replay, repetition and lost keys.

   E-9.6  a note is known by its signed body, a package by its id as well; both are added in the
          transaction that stores what was opened, and kept as long as the secret epoch keys
   E-9.7  a sender repeats a package under a new body
   E-3.7  an outer secret is destroyed when every inner layer of its day is stored, an inner one
          when every stored inner layer is opened

   One day of one reader. Notes 0 and 1 are one package, sent twice; note 2 has no blobs. The
   broker serves any note at any time, as often as it likes. What stands in a variable is durable;
   a crash is a step that is not taken. Each mutant (#ifdef) breaks one rule and must fail. */

#define NOTES 3
#define PACKAGED(n) (n < 2)

bool stored[NOTES];     /* the inner layer waits for staff */
bool came[NOTES];       /* the inner layer was stored at least once */
bool body_known[NOTES];
bool package_known;
bool outer_key = true;
bool inner_key = true;
byte begun;             /* how often the package began */
byte acted;             /* how often note 2 was acted on */

#define ALL_CAME (came[0] && came[1] && came[2])
#define WAITING (stored[0] || stored[1] || stored[2])

#ifdef BODY_NOT_KNOWN
#define BODY(n) false
#else
#define BODY(n) body_known[n]
#endif

#ifdef PACKAGE_NOT_KNOWN
#define PACKAGE(n) false
#else
#define PACKAGE(n) (PACKAGED(n) && package_known)
#endif

#ifdef OUTER_DIES_EARLY
#define OUTER_MAY_DIE true
#else
#define OUTER_MAY_DIE ALL_CAME
#endif

#ifdef INNER_DIES_EARLY
#define INNER_MAY_DIE !outer_key
#else
#define INNER_MAY_DIE (!outer_key && !WAITING)
#endif

#ifdef FORGETS_WHILE_KEYS_LIVE
#define MAY_FORGET true
#else
#define MAY_FORGET (!outer_key && !inner_key)
#endif

inline know(n) {
    body_known[n] = true;
    package_known = package_known || PACKAGED(n);
    stored[n] = false
}

inline begin(n) {
    if
    :: PACKAGED(n) -> begun++
    :: else -> acted++
    fi;
    assert(begun <= 1 && acted <= 1)
}

active proctype Service() {
    byte n;
    do
    :: outer_key -> select(n : 0 .. 2);
        d_step { stored[n] = true; came[n] = true }
    :: atomic { outer_key && OUTER_MAY_DIE -> outer_key = false }; break
    od
}

active proctype Staff() {
    byte n;
    do
    :: inner_key && WAITING -> select(n : 0 .. 2);
        if
        :: !stored[n]
        :: stored[n] && (BODY(n) || PACKAGE(n)) -> d_step { know(n) }   /* replayed */
        :: stored[n] && !(BODY(n) || PACKAGE(n)) ->
#ifdef KNOWN_IN_ANOTHER_TRANSACTION
            d_step { begin(n) };
            if
            :: true -> d_step { know(n) }
            :: true                                                      /* crash */
            fi
#else
            d_step { begin(n); know(n) }
#endif
        fi
    :: d_step { MAY_FORGET -> body_known[0] = false; body_known[1] = false; body_known[2] = false }
        if
        :: !outer_key && !inner_key -> break
        :: else
        fi
    :: atomic { inner_key && INNER_MAY_DIE -> inner_key = false }
    od;
    assert(begun == 1 && acted == 1)                                     /* nothing was lost */
}
