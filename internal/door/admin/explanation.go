package admin

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Explanation is everything that is kept of an event.
type Explanation struct {
	Event
	Words       []string           `json:"words"` // all of it, in sentences
	UserID      string             `json:"sub"`
	Username    string             `json:"username,omitzero"` // absent: the user is gone
	UserAgent   string             `json:"userAgent,omitzero"`
	Hints       *model.ClientHints `json:"hints,omitzero"`       // the headers beside it
	DeviceKey   string             `json:"deviceKey,omitzero"`   // a keyed hash of the id that the client's script keeps
	Model       string             `json:"model,omitzero"`       // of the hardware, as the client tells it
	Script      string             `json:"fingerprint,omitzero"` // why what the client's script told was not believed
	Password    Password           `json:"password"`
	Remembered  bool               `json:"remembered,omitzero"`  // the device proved itself: it is a remembered one
	Abandoned   bool               `json:"abandoned,omitzero"`   // a second factor was asked for and never answered
	LockedUntil time.Time          `json:"lockedUntil,omitzero"` // the failure locked the account or its second factor
	Policy      PolicyRef          `json:"policy"`               // that held
	Risk        *Judgement         `json:"risk"`                 // null: the attempt was not judged
	Answers     []Answer           `json:"answers"`              // the newest first
}

// PolicyRef is the version of a policy document.
type PolicyRef struct {
	Of      threat.Owner `json:"of"`               // whose it is; nobody: none held, or that of a client who is gone
	Version int64        `json:"version,omitzero"` // as ListPolicyVersions tells it
}

// Password is what is known of the password of an attempt.
type Password struct {
	Compromised bool   `json:"compromised"`        // it is known to be leaked
	Matched     string `json:"matched,omitzero"`   // passwords, pairs, or similar to a pair
	Flagged     bool   `json:"flagged,omitzero"`   // the tokens are good for a new password only
	Unchecked   string `json:"unchecked,omitzero"` // why it could not be looked up
}

// Judgement is how an attempt was judged, and why.
type Judgement struct {
	Level    string   `json:"level"`
	Score    float64  `json:"score"`    // log-odds, in nats
	Scale    int      `json:"scale"`    // 0 to 1000, by how many honest sign-ins are less unusual
	Evidence float64  `json:"evidence"` // the score before any rule
	Signals  []Signal `json:"signals"`
	Weights  string   `json:"weights,omitzero"`     // what the evidence was weighed with
	Off      []string `json:"switchedOff,omitzero"` // detectors
	// What would have lowered the level most.
	Counterfactual *Counterfactual `json:"counterfactual,omitzero"`

	Action   model.Action `json:"action,omitzero"`   // what followed
	Notified bool         `json:"notified,omitzero"` // the user was to be told
	Skipped  bool         `json:"skipped,omitzero"`  // the address is on the list of those not judged
	Learning bool         `json:"learning,omitzero"` // too little was known of the user to act
	Shadows  []Shadow     `json:"shadows"`
}

// Signal is one thing that spoke for or against the user.
type Signal struct {
	Code     string  `json:"code"`              // NEW_DEVICE ...
	Nats     float32 `json:"nats"`              // evidence: above 0 against the user
	Value    float32 `json:"value"`             // what was seen
	Baseline float32 `json:"baseline"`          // what is usual
	Floor    string  `json:"floor,omitzero"`    // the level that a rule demands
	Text     string  `json:"text"`              // for administrators
	UserText string  `json:"userText,omitzero"` // for the user
}

// Counterfactual is the level that the attempt would have had.
type Counterfactual struct {
	Fact  string `json:"fact"` // had the user been known for this
	Level string `json:"level"`
}

// Shadow is what another policy would have made of the attempt. Nothing was done.
type Shadow struct {
	Name   string       `json:"name"`
	Level  string       `json:"level"`
	Score  float64      `json:"score"`
	Action model.Action `json:"action"`
}

func explanationOf(t *threat.Told) *Explanation {
	d := &t.Event.Detail
	out := &Explanation{
		Event: eventOf(&t.Event), UserID: t.Event.Sub, Username: t.Username, UserAgent: d.UserAgent, Hints: d.Hints,
		DeviceKey: d.Device, Model: d.Model, Script: d.Fingerprint, Policy: PolicyRef{t.Policy.Of, t.Policy.Version},
		Password: Password{d.Compromised, d.Matched, d.Flagged, d.Unchecked}, Remembered: d.Remembered, Abandoned: d.Abandoned, Risk: judgementOf(d.Risk),
		Answers: make([]Answer, len(t.Answers)),
	}
	if !d.LockedUntil.IsZero() {
		out.LockedUntil = d.LockedUntil.UTC()
	}
	for i := range t.Answers {
		out.Answers[i] = answerOf(&t.Answers[i])
	}
	out.Words = words(out)
	return out
}

func judgementOf(r *model.RiskDetail) *Judgement {
	if r == nil {
		return nil
	}
	out := &Judgement{
		Level: r.Level, Score: r.Score, Scale: r.Scale, Evidence: r.Evidence, Signals: make([]Signal, len(r.Reasons)), Weights: r.Weights, Off: r.Off,
		Action: r.Action, Notified: r.Notified, Skipped: r.Skipped, Learning: r.Learning, Shadows: make([]Shadow, len(r.Shadows)),
	}
	for i, x := range r.Reasons {
		out.Signals[i] = Signal{x.Code, x.Nats, x.Value, x.Baseline, x.Floor, x.Text, x.UserText}
	}
	if r.Fact != "" {
		out.Counterfactual = &Counterfactual{r.Fact, r.FactLevel}
	}
	for i, s := range r.Shadows {
		out.Shadows[i] = Shadow{s.Name, s.Level, s.Score, s.Action}
	}
	return out
}
