"""The client's floor: one member's cases, consents, envelopes and desk.

It knows this member's residents and nobody else's. It refuses to hand anything over without a
consent, or to tell the police anything without a basis.
"""
