package federation

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// SigningCertificate is the certificate by which SAML providers know the pool's
// requests, in base64 without the lines of PEM around it.
func (f *Federation) SigningCertificate(ctx context.Context, poolID string) (string, error) {
	return f.certificate(ctx, poolID, keys.CertifiesSigning)
}

func (f *Federation) certificate(ctx context.Context, poolID string, use keys.CertificateUse) (string, error) {
	der, err := f.cfg.Certificates.Certificate(ctx, poolID, use)
	if errors.Is(err, store.ErrNotFound) {
		return "", pool.NotFound(poolID)
	}
	return base64.StdEncoding.EncodeToString(der), err
}
