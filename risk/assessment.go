package risk

// Assessment is what is thought of one attempt. It holds no pointer into the
// profile or the world and may be kept; the strings in its reasons are those of
// the attempt.
type Assessment struct {
	// Score is the calibrated log-odds, in nats, that this is an attack, at the
	// prior that the weights state. Rules move it to the cut point of the level
	// that they demand, so that score and level always agree; among attempts
	// under the same rule it still tells more evidence from less.
	Score float64

	// Scale is Score by challenge rate: 500 is what the most unusual 5 % of
	// honest sign-ins reach, 900 what 0.1 % reach. 0 to 1000.
	Scale int

	Level Level

	// Evidence and EvidenceLevel are Score and Level before any rule.
	Evidence      float64
	EvidenceLevel Level

	Identity float64 // log-odds of the identity channel
	Campaign float64 // log-odds of the campaign channel
	Logistic float64 // Evidence if there were no trees

	Cold    bool // nothing is known of the user: the identity channel is silent
	Blocked bool // the address is on the list of those always blocked
	Off     DetectorSet

	Features Vector

	reasons [maxReasons]Reason
	count   uint8
}

const maxReasons = 16

// Reasons are the reasons, those of rules first and then by the size of their
// evidence; at most 16. The slice is part of the assessment.
func (a *Assessment) Reasons() []Reason { return a.reasons[:a.count] }

// Reason tells whether a code is among the reasons, and the reason itself.
func (a *Assessment) Reason(code Code) (Reason, bool) {
	for _, r := range a.Reasons() {
		if r.Code == code {
			return r, true
		}
	}
	return Reason{}, false
}

// Reason is one thing that spoke for or against the user.
type Reason struct {
	Code Code

	// Nats is the signed evidence: what the features of this code add to the
	// log-odds of their channel before calibration. Where a campaign is what raises
	// the score, features that both channels weigh are told in the shares of both.
	// 0 if only a rule speaks.
	Nats float32

	// Value is what was seen and Baseline what is usual, in the unit of the code:
	// kilometres, failures, accounts, hours ...
	Value, Baseline float32

	Subject string // the country, city, agent ... that it is about; may be empty
	Number  uint32 // the autonomous system, for networks

	Floor Level // a rule demands at least this level; None if no rule does
}
