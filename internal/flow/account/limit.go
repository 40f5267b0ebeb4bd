package account

import (
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
)

// limit is how often one user may do one thing in an hour, right or wrong (spec 10.1).
type limit struct {
	kind string
	uses int64
}

// The limits. Those of recovery are for a pool that judges no risk; see byRisk.
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

// recoveries is how many recoveries Cognito allows in an hour, 5 to 20, by the risk
// of the request. All count together: what a stranger used up is gone, but of
// twenty it is five.
var recoveries = [...]int64{risk.None: 20, risk.Low: 15, risk.Medium: 10, risk.High: 5}

// byRisk is a limit of recovery for a request. From where the user is not known, it
// is the least whatever the risk: of a name that nobody has there is none, and the
// limit must not tell it from others.
func (a *Accounts) byRisk(tx *store.Tx, m *party, l limit) (limit, error) {
	if m.pool.Mode() == model.ModeOff {
		return l, nil
	}
	level, known, err := a.cfg.Threat.Rate(tx, m.pool, m.client, a.subject(m), m.Origin)
	if err != nil {
		return l, err
	}
	if !known {
		level = risk.High
	}
	l.uses = recoveries[min(level, risk.High)]
	return l, nil
}

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
