package signin

import (
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// custom is what a custom sign-in carries from one challenge to the next, in its session.
type custom struct {
	Results []customResult `json:"r,omitzero"` // the challenges that were answered, in order
	A       string         `json:"A,omitzero"` // the client's SRP_A, until a password is asked for
	// Of the CUSTOM_CHALLENGE that is asked.
	Private  map[string]string `json:"p,omitzero"`
	Metadata *string           `json:"m,omitzero"`
	// Parked tells that the three above are kept in the store, for the session holds no more.
	Parked bool `json:"k,omitzero"`
	Done   bool `json:"d,omitzero"` // tokens are to be issued
}

// customResult is a challenge that was answered, written short.
type customResult struct {
	Name     string  `json:"n,omitzero"` // empty for CUSTOM_CHALLENGE
	Wrong    bool    `json:"w,omitzero"`
	Metadata *string `json:"m,omitzero"`
}

// srpA is the name of the parameter, and of the first result of a sign-in that begins with it.
const srpA = "SRP_A"

// maxAnswers bounds the challenges of one sign-in: a function that never decides must
// not let anybody guess for ever.
const maxAnswers = 24

// pending tells whether it is a custom sign-in that is not decided on yet.
func (c *custom) pending() bool { return c != nil && !c.Done }

func (c *custom) add(name string, right bool, metadata *string) {
	if name == shape.ChallengeNameTypeCustomChallenge {
		name = ""
	}
	c.Results = append(c.Results, customResult{name, !right, metadata})
}

// answered notes the answer to the CUSTOM_CHALLENGE that was asked.
func (c *custom) answered(right bool) {
	c.add(shape.ChallengeNameTypeCustomChallenge, right, c.Metadata)
	c.Private, c.Metadata, c.Parked = nil, nil, false
}

// session is how functions read the results.
func (c *custom) session() []trigger.Result {
	list := make([]trigger.Result, 0, len(c.Results))
	for _, r := range c.Results {
		name := r.Name
		if name == "" {
			name = shape.ChallengeNameTypeCustomChallenge
		}
		list = append(list, trigger.Result{Name: name, Right: !r.Wrong, Metadata: r.Metadata})
	}
	return list
}

// decided forgets what only decides.
func (c *custom) decided() { *c = custom{Done: true} }

// results are what the event of a sign-in that failed tells of its challenges.
func (c *custom) results(m *party) []model.ChallengeResult {
	list := []model.ChallengeResult{byCustom.wrong()}
	if m.first.ofPassword() {
		list = append([]model.ChallengeResult{m.first.right()}, list...)
	}
	return list
}
