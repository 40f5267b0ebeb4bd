package cognito

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

func (d *Door) adminListUserAuthEvents(ctx context.Context, _ *call, in *shape.AdminListUserAuthEventsRequest) (*shape.AdminListUserAuthEventsResponse, error) {
	bind := []string{"AdminListUserAuthEvents", *in.UserPoolId, *in.Username}
	key, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	before, err := eventOfKey(key)
	if err != nil {
		return nil, badToken.Because(err)
	}
	size := pageSize(in.MaxResults)
	events, err := d.Events.List(ctx, *in.UserPoolId, *in.Username, before, size+1)
	if err != nil {
		return nil, err
	}
	events, next := page(d, events, size, keyOfEvent, bind...)
	out := &shape.AdminListUserAuthEventsResponse{AuthEvents: make([]shape.AuthEventType, len(events)), NextToken: next}
	for i := range events {
		out.AuthEvents[i] = authEvent(&events[i])
	}
	return out, nil
}

func (d *Door) adminUpdateAuthEventFeedback(ctx context.Context, _ *call, in *shape.AdminUpdateAuthEventFeedbackRequest) (*shape.AdminUpdateAuthEventFeedbackResponse, error) {
	sub, err := d.Events.Sub(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return nil, err
	}
	err = d.Feedback.Record(ctx, *in.UserPoolId, sub, *in.EventId, time.Time{}, *in.FeedbackValue, model.ProviderAdmin)
	return &shape.AdminUpdateAuthEventFeedbackResponse{}, err
}

// keyOfEvent is where a list of events goes on.
func keyOfEvent(e model.Event) string {
	return strconv.FormatInt(e.CreatedAt.UnixMicro(), 10) + " " + e.ID
}

func eventOfKey(key string) (e model.Event, err error) {
	if key == "" {
		return e, nil
	}
	at, id, _ := strings.Cut(key, " ")
	us, err := strconv.ParseInt(at, 10, 64)
	e.ID, e.CreatedAt = id, time.UnixMicro(us)
	return e, err
}

// authEvent is an event on the wire. What is not known is absent, also where
// Cognito was seen to write the text "null".
func authEvent(e *model.Event) shape.AuthEventType {
	d := &e.Detail
	out := shape.AuthEventType{
		EventId: &e.ID, EventType: (*string)(&e.Type), CreationDate: wire.At(e.CreatedAt), EventResponse: (*string)(&e.Response),
		EventRisk: &shape.EventRiskType{
			RiskDecision: known(d.RiskDecision), RiskLevel: known(d.RiskLevel), CompromisedCredentialsDetected: &d.Compromised,
		},
		ChallengeResponses: []shape.ChallengeResponseType{},
		EventContextData: &shape.EventContextDataType{
			IpAddress: known(d.IP), DeviceName: known(d.DeviceName), Timezone: known(d.Timezone), City: known(d.City), Country: known(d.Country),
		},
	}
	for i := range d.Challenges {
		c := &d.Challenges[i]
		if c.Name == shape.ChallengeNamePassword || c.Name == shape.ChallengeNameMfa { // the API has no name for other first factors
			out.ChallengeResponses = append(out.ChallengeResponses, shape.ChallengeResponseType{ChallengeName: &c.Name, ChallengeResponse: &c.Response})
		}
	}
	if f := d.Feedback; f != nil {
		out.EventFeedback = &shape.EventFeedbackType{FeedbackValue: &f.Value, Provider: &f.Provider, FeedbackDate: wire.At(f.At)}
	}
	return out
}

// known is a text that may be empty, which is then absent.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
