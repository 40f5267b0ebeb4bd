package account

import (
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// limit is how often one user may do one thing in an hour, right or wrong (spec 10.1).
type limit struct {
	kind string
	uses int64
}

// The limits. Cognito allows 5 to 20 recoveries, depending on risk; without a
// judgement of risk it is 10.
var (
	limitConfirmSignUp    = limit{"ConfirmSignUp", 15}
	limitResend           = limit{"ResendConfirmationCode", 5}
	limitForgot           = limit{"ForgotPassword", 10}
	limitConfirmForgot    = limit{"ConfirmForgotPassword", 10}
	limitChangePassword   = limit{"ChangePassword", 5}
	limitSendVerification = limit{"GetUserAttributeVerificationCode", 5}
	limitVerify           = limit{"VerifyUserAttribute", 15}
	// Cognito has no limit here, and so a way to send messages to anybody.
	limitReaddress = limit{"UpdateUserAttributes", 20}
)

// spend counts one use, in the transaction of what it pays for: two requests
// at once cannot both have the last one.
func (a *Accounts) spend(tx *store.Tx, poolID, subject string, l limit) error {
	within, err := tx.Spend(poolID, subject, l.kind, l.uses, time.Hour, a.cfg.Now())
	if err != nil {
		return fmt.Errorf("count %s: %w", l.kind, err)
	}
	if !within {
		return fault.New(fault.LimitExceeded, "Attempt limit exceeded, please try after some time.")
	}
	return nil
}
