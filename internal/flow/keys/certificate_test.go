package keys_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
)

func TestCertificate(t *testing.T) {
	w := newWorld(t)
	db := storetest.Open(t)
	n, other := w.node(db), w.node(db)
	n.makePool(t, w.clock())
	der := func(t *testing.T, n node, use keys.CertificateUse) []byte {
		t.Helper()
		der, err := n.Certificate(t.Context(), poolID, use)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}

	t.Run("it is the same for every node and at any time", func(t *testing.T) {
		first := der(t, n, keys.CertifiesSigning)
		w.pass(100 * 24 * time.Hour)
		if !bytes.Equal(first, der(t, n, keys.CertifiesSigning)) || !bytes.Equal(first, der(t, other, keys.CertifiesSigning)) {
			t.Error("it changed")
		}
	})

	t.Run("each use has a key of its own", func(t *testing.T) {
		seen := map[string]bool{}
		for _, use := range []keys.CertificateUse{keys.CertifiesSigning, keys.CertifiesEncryption} {
			c, err := x509.ParseCertificate(der(t, n, use))
			if err != nil {
				t.Fatal(err)
			}
			if id := string(c.RawSubjectPublicKeyInfo); seen[id] {
				t.Errorf("%s: the key is used twice", use)
			} else {
				seen[id] = true
			}
			if c.SerialNumber.Sign() <= 0 {
				t.Errorf("%s: the serial number is %s", use, c.SerialNumber)
			}
		}
	})

	t.Run("a pool that is not there has none, and leaves no key behind", func(t *testing.T) {
		made := w.made.Load()
		if _, err := n.Certificate(t.Context(), "us-east-1_Nothing", keys.CertifiesSigning); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want %v", err, store.ErrNotFound)
		}
		if w.made.Load() != made {
			t.Error("a key was made")
		}
	})
}
