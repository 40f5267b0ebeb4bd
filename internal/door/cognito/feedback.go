package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
)

// updateAuthEventFeedback is called by anybody: the token of the mail is the
// proof. Until it is found good nothing is looked up, and whoever has a good one
// learns of no other user's name whether it exists.
func (d *Door) updateAuthEventFeedback(ctx context.Context, _ *call, in *shape.UpdateAuthEventFeedbackRequest) (*shape.UpdateAuthEventFeedbackResponse, error) {
	c, err := d.Notices.Read(*in.FeedbackToken)
	if err != nil {
		return nil, err
	}
	if c.PoolID != *in.UserPoolId || c.EventID != *in.EventId {
		return nil, notice.BadToken()
	}
	sub, err := d.Events.Sub(ctx, c.PoolID, *in.Username)
	if fault.Has(err, fault.UserNotFound) || err == nil && sub != c.Sub {
		return nil, notice.BadToken()
	}
	if err != nil {
		return nil, err
	}
	return &shape.UpdateAuthEventFeedbackResponse{}, d.Notices.Answer(ctx, c, *in.FeedbackValue)
}
