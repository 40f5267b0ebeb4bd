package federation_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/federation"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
)

const poolID = "us-east-1_TestPool1"

// noCertificates fails the test of a provider that needs none.
type noCertificates struct{ t *testing.T }

func (n noCertificates) Certificate(context.Context, string, keys.CertificateUse) ([]byte, error) {
	n.t.Error("a certificate was asked for")
	return nil, nil
}

// rig is a federation over a store with one pool.
func rig(t *testing.T) (*federation.Federation, *store.Store) {
	t.Helper()
	db := storetest.Open(t)
	p := &model.Pool{ID: poolID, Doc: &shape.UserPoolType{}, MFA: &shape.SetUserPoolMfaConfigResponse{}}
	stage(t, db, func(tx *store.Tx) error { return tx.CreatePool(p, time.Now()) })
	return federation.New(federation.Config{Store: db, Ring: sealtest.Ring(t), Certificates: noCertificates{t}}), db
}

func stage(t *testing.T, db *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func google(secret string) *shape.CreateIdentityProviderRequest {
	return &shape.CreateIdentityProviderRequest{
		UserPoolId: new(poolID), ProviderName: new("Google"), ProviderType: new("Google"),
		ProviderDetails: map[string]string{"client_id": "one", "client_secret": secret, "authorize_scopes": "email"},
	}
}

func TestSecretsOfProviders(t *testing.T) {
	f, db := rig(t)
	const secret = "the-client-secret-of-google"
	made, err := f.Create(t.Context(), google(secret))
	if err != nil {
		t.Fatal(err)
	}

	t.Run("are not readable in the database", func(t *testing.T) {
		stage(t, db, func(tx *store.Tx) error {
			r, err := tx.Resource(poolID, model.IdentityProvider, "Google")
			if err == nil && (bytes.Contains(r.Document, []byte(secret)) || bytes.Contains(r.Document, []byte("client_id"))) {
				t.Errorf("stored as %s", r.Document)
			}
			return err
		})
	})

	t.Run("are told to administrators", func(t *testing.T) {
		told, err := f.Describe(t.Context(), poolID, "Google")
		if err != nil || told.ProviderDetails["client_secret"] != secret {
			t.Errorf("got %q, %v", told.ProviderDetails["client_secret"], err)
		}
	})

	t.Run("are printed nowhere", func(t *testing.T) {
		for _, v := range []any{made, *made, google(secret), shape.CreateIdentityProviderResponse{IdentityProvider: made}} {
			if text := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(text, secret) {
				t.Errorf("%T prints as %s", v, text)
			}
		}
	})

	t.Run("of one provider do not open as those of another", func(t *testing.T) {
		stage(t, db, func(tx *store.Tx) error {
			r, err := tx.Resource(poolID, model.IdentityProvider, "Google")
			if err != nil {
				return err
			}
			moved := *r
			moved.Name = "Moved"
			return tx.CreateResource(&moved)
		})
		if _, err := f.Describe(t.Context(), poolID, "Moved"); err == nil {
			t.Error("they did")
		}
	})
}

// Changes at once are made one after the other: no identifier is lost, none is left behind.
func TestUpdatesAtOnce(t *testing.T) {
	f, db := rig(t)
	if _, err := f.Create(t.Context(), google("s")); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			_, err := f.Update(t.Context(), &shape.UpdateIdentityProviderRequest{
				UserPoolId: new(poolID), ProviderName: new("Google"), IdpIdentifiers: []string{fmt.Sprint("id-", n)},
			})
			if err != nil && !fault.Has(err, fault.ConcurrentModification) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	told, err := f.Describe(t.Context(), poolID, "Google")
	if err != nil {
		t.Fatal(err)
	}
	stage(t, db, func(tx *store.Tx) error {
		list, err := tx.Resources(poolID, model.ProviderIdentifier, "", 10)
		if err == nil && (len(list) != 1 || len(told.IdpIdentifiers) != 1 || list[0].Name != told.IdpIdentifiers[0]) {
			t.Errorf("the provider tells %v, and %d identifiers are stored", told.IdpIdentifiers, len(list))
		}
		return err
	})
}

func TestDetailsAreBounded(t *testing.T) {
	f, _ := rig(t)
	for name, add := range map[string]func(map[string]string){
		"too many": func(d map[string]string) {
			for n := range 60 {
				d[fmt.Sprint("more-", n)] = "x"
			}
		},
		"a name too long":              func(d map[string]string) { d[strings.Repeat("n", 65)] = "x" },
		"an address with a password":   func(d map[string]string) { d["token_url"] = "https://user:password@example.com" },
		"an address of another scheme": func(d map[string]string) { d["authorize_url"] = "javascript:alert(1)" },
		"an address that is none":      func(d map[string]string) { d["attributes_url"] = "https://" },
		"a machine beside this one":    func(d map[string]string) { d["token_url"] = "http://10.0.0.7/token" },
	} {
		t.Run(name, func(t *testing.T) {
			in := google("the-secret")
			add(in.ProviderDetails)
			_, err := f.Create(t.Context(), in)
			if !fault.Has(err, fault.InvalidParameter) || strings.Contains(err.Error(), "password@") || strings.Contains(err.Error(), "the-secret") {
				t.Errorf("got %v", err)
			}
		})
	}
	in := google("s")
	in.ProviderDetails["token_url"] = "http://localhost:9000/token"
	if _, err := f.Create(t.Context(), in); err != nil {
		t.Errorf("http to this machine: %v", err)
	}
}
