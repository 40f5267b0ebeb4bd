package keys

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// CertificateUse tells what a pool's certificate is for. Each has a key of its
// own: who can have something signed must not get anything decrypted by it. They
// are no keys of tokens: those are rotated, these stand in other systems' settings.
type CertificateUse string

// The uses of certificates.
const (
	// CertifiesSigning is the certificate by which a SAML provider knows the pool's requests.
	CertifiesSigning = CertificateUse("signing")
	// CertifiesEncryption is the one for which a SAML provider encrypts its assertions.
	CertifiesEncryption = CertificateUse("encryption")
)

// certified is a key with its certificate, as it is kept.
type certified struct {
	Box         []byte `json:"box"`         // the key: sealed PKCS#8
	Certificate []byte `json:"certificate"` // DER
}

// certifiedPurpose names the sealing of these keys.
const certifiedPurpose = "certified key"

// certificateYears is how long a certificate is valid. Nobody checks: what
// counts is that a provider has this one in its settings.
const certificateYears = 10

// Certificate is a pool's certificate (DER) for a use. It is made when first
// asked for, and the same from then on. ErrNotFound of the store when there is
// no such pool. The first time takes a good part of a second: call it outside a
// transaction.
func (k *Keys) Certificate(ctx context.Context, poolID string, use CertificateUse) (der []byte, err error) {
	err = k.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
		der, err = readCertificate(tx, poolID, use)
		return err
	})
	if err != nil || der != nil {
		return der, err
	}
	text, err := k.certify(poolID, use)
	if err != nil {
		return nil, err
	}
	now := k.cfg.Now()
	err = k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
		err := tx.CreateResource(&model.Resource{
			PoolID: poolID, Kind: model.Certificate, Name: string(use), Document: text, CreatedAt: now, ModifiedAt: now,
		})
		if err != nil && !errors.Is(err, store.ErrExists) { // who was first has made the one
			return err
		}
		der, err = readCertificate(tx, poolID, use)
		return err
	})
	return der, err
}

// readCertificate is nil where there is none yet.
func readCertificate(tx *store.Tx, poolID string, use CertificateUse) ([]byte, error) {
	r, err := tx.Resource(poolID, model.Certificate, string(use))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a certificate of pool %s: %w", poolID, err)
	}
	var kept certified
	if err := wire.Read(r.Document, &kept); err != nil {
		return nil, fmt.Errorf("certificate of pool %s: %w", poolID, err)
	}
	return kept.Certificate, nil
}

// certify makes a key and signs a certificate of it with itself.
func (k *Keys) certify(poolID string, use CertificateUse) ([]byte, error) {
	key, err := k.cfg.NewKey()
	if err != nil {
		return nil, fmt.Errorf("make the %s key of pool %s: %w", use, poolID, err)
	}
	pkcs8 := key.Marshal()
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, fmt.Errorf("read a new key: %w", err)
	}
	private, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, errors.New("a new key cannot sign")
	}
	from := k.cfg.Now().UTC()
	usage := x509.KeyUsageDigitalSignature
	if use == CertifiesEncryption {
		usage = x509.KeyUsageKeyEncipherment
	}
	template := &x509.Certificate{
		SerialNumber: serialOf(key.ID), Subject: pkix.Name{CommonName: poolID},
		NotBefore: from, NotAfter: from.AddDate(certificateYears, 0, 0), KeyUsage: usage,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of pool %s: %w", poolID, err)
	}
	return wire.Encode(certified{Box: k.cfg.Ring.Seal(certifiedPurpose, pkcs8, poolID, string(use)), Certificate: der})
}

// serialOf is a serial number that follows from the key: positive, 63 bits.
func serialOf(keyID string) *big.Int {
	digest := sha256.Sum256([]byte(keyID))
	digest[0] &= 0x7f
	return new(big.Int).SetBytes(digest[:8])
}
