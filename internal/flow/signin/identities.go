package signin

import (
	"strconv"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// identityClaims are a user's linked identities as an ID token tells them: what
// is a number or true in the attribute is a text there. nil where the attribute
// cannot be read, which only this server writes.
func identityClaims(attribute string) []map[string]any {
	var entries []model.IdentityEntry
	if err := wire.Read([]byte(attribute), &entries); err != nil {
		return nil
	}
	claims := make([]map[string]any, len(entries))
	for i, e := range entries {
		claims[i] = map[string]any{
			"userId": e.UserID, "providerName": e.ProviderName, "providerType": e.ProviderType, "issuer": e.Issuer,
			"primary": strconv.FormatBool(e.Primary), "dateCreated": strconv.FormatInt(e.DateCreated, 10),
		}
	}
	return claims
}
