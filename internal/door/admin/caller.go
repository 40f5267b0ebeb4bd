package admin

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/part/sigv4"
)

// service is the name in the credential scope, and of actions.
const service = "gatehouse"

// meaning are the headers that say what is asked. Whoever signs a request signs
// those that it has: one that was added, changed or taken away on the way would
// make another request of it.
var meaning = []string{"content-type", "if-match"}

// verify checks who signed the request.
func (d *Door) verify(ctx context.Context, c *call) error {
	if d.AnyCredentials {
		c.author = "development"
		if err := sigv4.CheckHost(c.http.Host); err != nil {
			return err
		}
		return sigv4.CheckPage(c.http.Header)
	}
	want := sigv4.Scope{Region: d.Region, Service: service}
	for _, name := range meaning {
		if len(c.http.Header.Values(name)) > 0 {
			want.Headers = append(want.Headers, name)
		}
	}
	signature, err := sigv4.Read(c.http, want, d.Now())
	if err != nil {
		return err
	}
	key, err := d.Access.Verify(ctx, signature, c.body)
	if err != nil {
		return err
	}
	c.key, c.author = key, key.Name+" ("+key.ID+")"
	report.From(ctx).Caller(key.ID)
	return nil
}

// authorize holds the policy of the key against the action and the pool, whether
// there is such a pool or not: who may not see it does not learn that either.
func (d *Door) authorize(c *call) error {
	if d.AnyCredentials {
		return nil
	}
	return access.Check(c.key, d.Account, c.action(), d.Pools.ARN(c.path["pool"]))
}
