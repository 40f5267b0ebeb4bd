package scene

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// certified checks a pool's certificate: made by its own key, valid now, for
// this pool and for one of two uses.
func (w *world) certified(_ context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	parts := strings.Fields(filled)
	if len(parts) != 3 {
		return fmt.Errorf("want CERTIFICATE POOL USE, not %q", rest)
	}
	der, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil {
		return fmt.Errorf("the certificate is no base64: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	usage, ok := map[string]x509.KeyUsage{"signs": x509.KeyUsageDigitalSignature, "encrypts": x509.KeyUsageKeyEncipherment}[parts[2]]
	now := w.clock.Now()
	switch {
	case !ok:
		return fmt.Errorf("%q is no use of a certificate", parts[2])
	case c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
		return errors.New("the certificate is not signed by its own key")
	case c.Subject.CommonName != parts[1]:
		return fmt.Errorf("the certificate is for %q", c.Subject.CommonName)
	case c.KeyUsage != usage:
		return fmt.Errorf("the certificate's key usage is %d, want %d", c.KeyUsage, usage)
	case now.Before(c.NotBefore) || now.After(c.NotAfter):
		return fmt.Errorf("the certificate is valid from %s to %s, and it is %s", c.NotBefore, c.NotAfter, now)
	}
	return nil
}
