package cognito

import (
	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
)

// principal is the administrator who signed a request.
type principal struct {
	KeyID  string
	ARN    string // arn:aws:iam::000000000000:user/ops
	policy model.Policy
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
	action := service + ":" + r.op.name
	if access.Allows(r.call.Principal.policy, action, resource) {
		return nil
	}
	return fault.Newf(fault.AccessDenied,
		"User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		r.call.Principal.ARN, action, resource, action)
}
