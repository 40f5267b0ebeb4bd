package notify

import (
	"context"
	"fmt"
)

// Unset is the sender of a channel that nobody has set up. It sends nothing:
// messages stay where they wait, sealed, until somebody does or they expire.
type Unset struct {
	// Setting is what to set.
	Setting string
}

// Send returns an error that is not ErrPermanent.
func (u Unset) Send(_ context.Context, m Message) error {
	return fmt.Errorf("send %s: no sender is set up: see the setting %s", m.ID, u.Setting)
}
