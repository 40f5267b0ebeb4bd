package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/part/sigv4"
)

// service is the name in the credential scope, and of actions.
const service = "cognito-idp"

// verify checks who signed the request, where the operation wants that.
func (d *Door) verify(ctx context.Context, r *request) error {
	if r.op.caller != signed {
		return nil
	}
	if d.AnyCredentials {
		return sigv4.CheckPage(r.http.Header)
	}
	signature, err := sigv4.Read(r.http, sigv4.Scope{Region: d.Region, Service: service, Headers: []string{"x-amz-target"}}, d.Now())
	if err != nil {
		return err
	}
	if r.call.Key, err = d.Access.Verify(ctx, signature, r.body); err != nil {
		return err
	}
	report.From(ctx).Caller(r.call.Key.ID)
	return nil
}

// authorize holds a verified caller's policy against the pool that the input
// names, by its id or by its ARN. An operation on no pool in particular needs
// a policy for every resource.
func (d *Door) authorize(r *request, poolID, arn string) error {
	if d.AnyCredentials {
		return nil
	}
	resource := "*"
	switch {
	case poolID != "":
		resource = d.Pools.ARN(poolID)
	case arn != "":
		resource = arn
	}
	return access.Check(r.call.Key, d.AccountID, service+":"+r.op.name, resource)
}
