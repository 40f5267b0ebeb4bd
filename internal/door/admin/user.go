package admin

import (
	"context"
	"io"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// All that is kept of a user's sign-ins, as one document: events, answers about
// them, and what was learned. It is written while it is read; one that is cut off
// is no JSON.
func (d *Door) export(ctx context.Context, c *call, to io.Writer) error {
	return d.Events.Export(ctx, c.path["pool"], c.path["user"], to)
}

// Forgets all that is kept of a user's sign-ins: the next one is judged as a
// first one. keepProfile=true keeps what was learned. The user stays.
func (d *Door) eraseHistory(ctx context.Context, c *call) error {
	keep := false
	switch c.query["keepProfile"] {
	case "", "false":
	case "true":
		keep = true
	default:
		return fault.New(fault.InvalidParameter, "keepProfile is true or false.")
	}
	return d.Events.Erase(ctx, c.path["pool"], c.path["user"], keep)
}
