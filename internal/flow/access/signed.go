package access

import (
	"context"
	"errors"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/part/sigv4"
)

// decoy stands in for the secret of a key that nobody has: refusing it costs
// what refusing a wrong signature costs.
const decoy = "0000000000000000000000000000000000000000"

var badSignature = fault.New(fault.InvalidSignature, "The request signature we calculated does not match the signature you provided. "+
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")

// Verify finds the key that signed a request with this body.
func (k *Keys) Verify(ctx context.Context, s *sigv4.Signature, body []byte) (*model.AccessKey, error) {
	key, secret, err := k.Find(ctx, s.KeyID)
	unknown := errors.Is(err, ErrUnknown)
	if err != nil && !unknown {
		return nil, err
	}
	plain := decoy
	if !unknown {
		plain = secret.Reveal()
	}
	ok, err := s.Matches(ctx, body, plain)
	switch {
	case err != nil:
		return nil, err
	case unknown:
		return nil, sigv4.UnknownKey
	case !ok:
		return nil, badSignature
	}
	return key, nil
}

// Check refuses an action on a resource that the policy of a key does not allow.
// The account is for the name that AWS would call its holder by.
func Check(key *model.AccessKey, account, action, resource string) error {
	if Allows(key.Policy, action, resource) {
		return nil
	}
	return fault.Newf(fault.AccessDenied,
		"User: arn:aws:iam::%s:user/%s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		account, key.Name, action, resource, action)
}
