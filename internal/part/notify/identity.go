package notify

import "context"

// ByIdentity sends mail that names an SES identity through SES, and everything else another way.
type ByIdentity struct{ SES, Other Sender }

// Send is that of the sender whose message it is.
func (b ByIdentity) Send(ctx context.Context, m Message) error {
	if m.Identity != "" {
		return b.SES.Send(ctx, m)
	}
	return b.Other.Send(ctx, m)
}
