// Package federation keeps the identity providers of pools, and which of their identities are whose.
//
//	provider.go  identity providers: made, changed, told      details.go  what each type of them needs
//	kept.go      how they are stored                          mapping.go  which claim becomes which attribute
//	link.go      identities linked to users of the pool       certificate.go  the pool's own, for SAML
//
// What an administrator gives of a provider is checked here and kept; nothing is
// fetched from it. A provider's details hold secrets: they are sealed as a whole.
package federation

import (
	"context"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
)

// Limits of Cognito's quotas.
const (
	maxProviders  = 300
	maxIdentities = 5 // linked to one user
)

// Config of the federation.
type Config struct {
	Store        *store.Store
	Ring         *seal.Ring
	Certificates Certificates
	Now          func() time.Time // nil = time.Now
}

// Certificates gives a pool's own certificates (DER). The first time is slow, so
// it is asked outside transactions; ErrNotFound of the store when there is no such pool.
type Certificates interface {
	Certificate(ctx context.Context, poolID string, use keys.CertificateUse) ([]byte, error)
}

// Federation keeps providers and identities. It is safe for concurrent use.
type Federation struct{ cfg Config }

// New makes a Federation.
func New(cfg Config) *Federation {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Federation{cfg}
}

func invalid(message string) error { return fault.New(fault.InvalidParameter, message) }

func invalidf(format string, args ...any) error {
	return fault.Newf(fault.InvalidParameter, format, args...)
}
