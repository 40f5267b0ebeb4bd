package scene

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/pquerna/otp/totp"
)

// totp is what an authenticator app does that has a secret.
func (w *world) totp(_ context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	secret, away := word(filled)
	steps := 0
	if away != "" {
		if steps, err = strconv.Atoi(away); err != nil {
			return fmt.Errorf("%q is no number of steps", away)
		}
	}
	w.vars["totp"], err = totp.GenerateCode(secret, w.clock.Now().Add(time.Duration(steps)*30*time.Second))
	return err
}
