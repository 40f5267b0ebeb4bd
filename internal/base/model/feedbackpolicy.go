package model

// FeedbackPolicy says what follows from an answer about an event, besides what is learned of it.
type FeedbackPolicy struct {
	// OnInvalid is done to a user when an event is said not to have been theirs.
	// Who has the link of a mail can bring it about, so nothing is done by default.
	OnInvalid *OnInvalid `json:"onInvalid,omitzero"`
}

// OnInvalid is what is done to a user whose event somebody disowned.
type OnInvalid struct {
	SignOut bool `json:"signOut,omitzero"` // every session ends
	Reset   bool `json:"reset,omitzero"`   // a confirmed user must set a new password by a code
}

// Disowned is what is done to the user of an event that is said to be invalid.
func (p *ThreatPolicy) Disowned() OnInvalid {
	if p.Feedback == nil || p.Feedback.OnInvalid == nil {
		return OnInvalid{}
	}
	return *p.Feedback.OnInvalid
}
