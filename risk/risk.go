// Package risk gives the answer to one question: how unlike this user is this
// attempt to sign in, and why?
//
//	            Profile (one user, at most 1 KiB)      World (everybody, fixed size)
//	                    │                                   │
//	Attempt ──────> detectors, a file each (signals.go) ────┘
//	                    │
//	                  Vector: numbers with a known direction (FeatureTable)
//	                    │
//	      identity channel      campaign channel       Weights: logistic model, monotone trees
//	        "is it the user?"     "are many tried?"
//	                    └──── 1 − (1−p)(1−q) ──┘
//	                    │
//	                 score, rules with floors and ceilings (Policy)
//	                    │
//	Assessment: score, scale, level, reasons
//
//	Learn: what became of the attempt teaches the profile and the world, by the
//	rule that only a completed authentication teaches (Outcome).
//
// A score is calibrated log-odds: [DefaultWeights] state at which prior. What is
// absent from an attempt counts neither way; a detector that is switched off adds
// nothing and is named in [Assessment].Off. Everything is a pure function of the
// attempt, the profile and the world, so that recorded events can be replayed.
//
// A Profile is stored as one row:
//
//	"GR" 1 flags │ CRC-32C │ history, days │ surprise │ trip │ trusted places │ counters
//	hours │ tallies │ counts of the lists │ lists of 8 or 12 bytes an entry │ failures
//
// and a World as one snapshot, both drawn to the byte in codec.go, snapshot.go and
// docs/profile-format.md.
//
// Nothing here needs the rest of Gatehouse.
package risk
