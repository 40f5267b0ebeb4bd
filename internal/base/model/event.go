package model

// RiskDetail is why an event was rated as it was: the whole of what was known and
// weighed, so that it can be explained long after everything has changed.
type RiskDetail struct {
	Level string  `json:"level"` // none, low, medium, high
	Score float64 `json:"score"` // calibrated log-odds, nats
	Scale int     `json:"scale"` // 0 to 1000, by challenge rate
	// Evidence is Score before any rule.
	Evidence float64      `json:"evidence"`
	Reasons  []RiskReason `json:"reasons,omitzero"`
	// Fact is what would have lowered the level most, had the user been known for
	// it, and FactLevel the level it would have been.
	Fact      string `json:"fact,omitzero"`
	FactLevel string `json:"factLevel,omitzero"`

	Action   Action `json:"action,omitzero"`   // what followed from the level
	Notified bool   `json:"notified,omitzero"` // the user was to be told
	Skipped  bool   `json:"skipped,omitzero"`  // the address is on the list of those not judged
	Learning bool   `json:"learning,omitzero"` // too little was known of the user to act

	Off     []string        `json:"off,omitzero"` // detectors that were off
	Weights string          `json:"weights,omitzero"`
	Shadows []ShadowVerdict `json:"shadows,omitzero"`
}

// RiskReason is one thing that spoke for or against the user.
type RiskReason struct {
	Code     string  `json:"code"`              // NEW_DEVICE ...
	Nats     float32 `json:"nats"`              // signed evidence
	Value    float32 `json:"value,omitzero"`    // what was seen
	Baseline float32 `json:"baseline,omitzero"` // what is usual
	Floor    string  `json:"floor,omitzero"`    // the level that a rule demands
	Text     string  `json:"text"`              // for administrators
	UserText string  `json:"userText,omitzero"` // for the user
}

// ShadowVerdict is what a shadow policy would have made of an event.
type ShadowVerdict struct {
	Name   string  `json:"name"`
	Level  string  `json:"level"`
	Score  float64 `json:"score"`
	Action Action  `json:"action"`
}
