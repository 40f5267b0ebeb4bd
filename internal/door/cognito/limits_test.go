package cognito

import (
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// TestLimitsOfAPool fills a pool up to its quotas and asks for one more of each.
func TestLimitsOfAPool(t *testing.T) {
	r := newRig(t, anyCredentials)
	pool := r.must(t, "CreateUserPool", `{"PoolName":"x"}`).text(t, "UserPool.Id")
	client := r.must(t, "CreateUserPoolClient", fmt.Sprintf(`{"UserPoolId":%q,"ClientName":"web"}`, pool)).text(t, "UserPoolClient.ClientId")
	now := time.Now()
	resource := func(kind model.ResourceKind) func(*store.Tx, string) error {
		return func(tx *store.Tx, name string) error {
			return tx.CreateResource(&model.Resource{PoolID: pool, Kind: kind, Name: name, Document: []byte(`{}`), CreatedAt: now, ModifiedAt: now})
		}
	}
	for _, c := range []struct {
		operation, in string
		most          int // the pool has one client already
		add           func(*store.Tx, string) error
	}{
		{"CreateGroup", `"GroupName":"one"`, maxGroups, func(tx *store.Tx, name string) error {
			return tx.CreateGroup(&model.Group{PoolID: pool, Name: name, CreatedAt: now, ModifiedAt: now})
		}},
		{"CreateManagedLoginBranding", fmt.Sprintf(`"ClientId":%q`, client), 20, resource(model.Branding)},
		{"CreateTerms", fmt.Sprintf(`"ClientId":%q,"TermsName":"terms-of-use","TermsSource":"LINK","Enforcement":"NONE","Links":{"cognito:default":"https://example.com/"}`, client), 40, resource(model.Terms)},
		{"CreateUserPoolClient", `"ClientName":"one"`, 999, func(tx *store.Tx, name string) error {
			return tx.CreateClient(&model.Client{ID: name, PoolID: pool, Doc: &shape.UserPoolClientType{}}, now)
		}},
	} {
		t.Run(c.operation, func(t *testing.T) {
			err := r.Store.Update(t.Context(), func(tx *store.Tx) error {
				for i := range c.most {
					if err := c.add(tx, fmt.Sprintf("%05d", i)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			got := r.call(t, c.operation, fmt.Sprintf(`{"UserPoolId":%q,%s}`, pool, c.in))
			if got.Type() != "LimitExceededException" {
				t.Errorf("got %s", got.body)
			}
		})
	}
}
