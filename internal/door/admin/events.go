package admin

import (
	"context"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Events is a page of events, the newest first.
type Events struct {
	Events []Event `json:"events"`
	Next   string  `json:"next,omitzero"` // before of the next page; absent on the last
}

// Event is one attempt, in short.
type Event struct {
	ID         string              `json:"id"` // the claim event_id of the tokens
	Type       model.EventType     `json:"type"`
	Response   model.EventResponse `json:"response"`
	At         time.Time           `json:"at"`
	ClientID   string              `json:"clientId,omitzero"`
	Level      string              `json:"level,omitzero"`    // none, low, medium, high; absent: not judged
	Decision   string              `json:"decision,omitzero"` // NoRisk, AccountTakeover, Block
	Action     model.Action        `json:"action,omitzero"`   // what followed from the level
	Reasons    []string            `json:"reasons"`           // codes of what spoke against the user, the strongest first
	Place      Place               `json:"place"`
	Device     string              `json:"device,omitzero"` // "Chrome 126, Windows 10"
	Challenges []Challenge         `json:"challenges"`
	Feedback   *FeedbackGiven      `json:"feedback,omitzero"` // the answer that stands
}

// Place is where an attempt came from, as far as it is known.
type Place struct {
	IP      string `json:"ip,omitzero"`
	City    string `json:"city,omitzero"`
	Country string `json:"country,omitzero"`
	Clock   string `json:"clock,omitzero"` // of the client, such as -07:00
}

// Challenge is one challenge of an attempt.
type Challenge struct {
	Name     string `json:"name"`     // Password, Mfa, or the name of another challenge that came first
	Response string `json:"response"` // Success, Failure
}

// FeedbackGiven is an answer to the question whether the user knows an event.
type FeedbackGiven struct {
	Value    string    `json:"value"`    // Valid, Invalid
	Provider string    `json:"provider"` // Admin, User
	At       time.Time `json:"at"`
}

// leakedPassword is beside the codes of the detectors.
const leakedPassword = "LEAKED_PASSWORD"

func eventOf(e *model.Event) Event {
	d := &e.Detail
	out := Event{
		ID: e.ID, Type: e.Type, Response: e.Response, At: e.CreatedAt.UTC(), ClientID: e.ClientID,
		Decision: d.RiskDecision, Reasons: []string{}, Device: d.DeviceName,
		Place: Place{d.IP, d.City, d.Country, d.Timezone}, Challenges: []Challenge{},
	}
	for _, c := range d.Challenges {
		out.Challenges = append(out.Challenges, Challenge{c.Name, c.Response})
	}
	if f := d.Feedback; f != nil {
		out.Feedback = &FeedbackGiven{f.Value, f.Provider, f.At.UTC()}
	}
	if d.Compromised {
		out.Reasons = append(out.Reasons, leakedPassword)
	}
	r := d.Risk
	if r == nil {
		return out
	}
	out.Level, out.Action = r.Level, r.Action
	for _, x := range r.Reasons {
		if against(x) {
			out.Reasons = append(out.Reasons, x.Code)
		}
	}
	return out
}

// against tells whether a reason speaks against the user.
func against(r model.RiskReason) bool { return r.Nats > 0 || r.Floor != "" }

// The events of a user, by any name or by the sub, the newest first: those before
// an event, at most limit (20 unless said, up to 100). Events of types that
// Cognito does not know are among them, and threat protection may be off.
func (d *Door) events(ctx context.Context, c *call) (*Events, error) {
	size, err := c.limit()
	if err != nil {
		return nil, err
	}
	before, err := d.before(ctx, c)
	if err != nil {
		return nil, err
	}
	list, err := d.Events.All(ctx, c.path["pool"], c.path["user"], before, size+1)
	if err != nil {
		return nil, err
	}
	list, next := page(list, size, func(e *model.Event) string { return e.ID })
	out := &Events{Events: make([]Event, len(list)), Next: next}
	for i := range list {
		out.Events[i] = eventOf(&list[i])
	}
	return out, nil
}

// before is the event before which a page begins; the zero one for the first.
// One that was forgotten meanwhile still has its millisecond in its id.
func (d *Door) before(ctx context.Context, c *call) (e model.Event, err error) {
	id, ok := c.query["before"]
	if !ok {
		return e, nil
	}
	at, ok := model.EventIDTime(id)
	if !ok {
		return e, fault.New(fault.InvalidParameter, "before is the id of an event.")
	}
	told, err := d.Events.Find(ctx, c.path["pool"], id)
	if f, ok := fault.As(err); ok && f.Code == fault.ResourceNotFound {
		return model.Event{ID: id, CreatedAt: at}, nil
	}
	if err != nil {
		return e, err
	}
	return told.Event, nil
}

// The whole explanation of an event: what was seen and what is usual, how much
// each thing spoke for or against the user, what would have changed the level,
// what other policies would have done, what answers changed, and all of it in
// plain words.
func (d *Door) explain(ctx context.Context, c *call) (*Explanation, error) {
	told, err := d.Events.Find(ctx, c.path["pool"], c.path["event"])
	if err != nil {
		return nil, err
	}
	return explanationOf(told), nil
}

// Said is what is said of an event.
type Said struct {
	Value string `json:"value"` // Valid: it was the user. Invalid: it was not.
}

// Says whether an event was the user's, as an administrator. Valid makes place,
// network, device and agent of the event the user's; Invalid makes them hostile,
// and does what the policy says besides. It replaces the answer that stood.
func (d *Door) answerEvent(ctx context.Context, c *call, in *Said) (*Answer, error) {
	pool, id := c.path["pool"], c.path["event"]
	told, err := d.Events.Find(ctx, pool, id)
	if err != nil {
		return nil, err
	}
	err = d.Feedback.Record(ctx, pool, told.Event.Sub, id, told.Event.CreatedAt, in.Value, model.ProviderAdmin)
	if err != nil {
		return nil, err
	}
	if told, err = d.Events.Find(ctx, pool, id); err != nil {
		return nil, err
	}
	if len(told.Answers) == 0 { // forgotten in this very moment
		return nil, fault.New(fault.ResourceNotFound, "Event does not exist.")
	}
	return new(answerOf(&told.Answers[0])), nil
}

// Takes back the answer that stands about an event, and what it changed as far as
// that has not faded. What the policy did besides stays done.
func (d *Door) undoFeedback(ctx context.Context, c *call) (*FeedbackGiven, error) {
	was, err := d.Feedback.Undo(ctx, c.path["pool"], c.path["event"])
	if err != nil {
		return nil, err
	}
	return &FeedbackGiven{was.Value, was.Provider, was.At.UTC()}, nil
}

// Answer is one answer about an event, and what it changed.
type Answer struct {
	FeedbackGiven
	UndoneAt time.Time `json:"undoneAt,omitzero"` // absent while it stands
	Changes  []Change  `json:"changes"`
}

// Change is a number that an answer changed.
type Change struct {
	Where  string  `json:"where"` // profile: the user's; failures, successes: everybody's
	What   string  `json:"what"`  // address, country, device ...
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

func answerOf(a *threat.Answered) Answer {
	out := Answer{FeedbackGiven: FeedbackGiven{a.Value, a.Provider, a.At.UTC()}, Changes: []Change{}}
	if !a.UndoneAt.IsZero() {
		out.UndoneAt = a.UndoneAt.UTC()
	}
	for _, m := range a.Change.Marks {
		out.Changes = append(out.Changes, Change{m.Where, m.What, m.Before, m.After})
	}
	return out
}
