package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	accounts "github.com/gatehouse-id/gatehouse/internal/flow/account"
)

// link is one identity of a user with a provider.
type link struct{ username, provider, id string }

// identities notes what the attribute of a user says. Whoever came by a provider is
// that identity, and has no link to it.
func (m *mover) identities(a accounts.Arrival, told string) {
	var entries []struct {
		UserID       string `json:"userId"`
		ProviderName string `json:"providerName"`
	}
	if err := wire.Read([]byte(told), &entries); err != nil || a.Status == model.ExternalProvider {
		m.federated++
		return
	}
	for _, e := range entries {
		m.links = append(m.links, link{a.Username, e.ProviderName, e.UserID})
	}
}

// link links the identities, once their users are here.
func (m *mover) link(ctx context.Context) error {
	if len(m.links) == 0 {
		return nil
	}
	if m.DryRun {
		m.tell("identities: %d would be linked", len(m.links))
		return nil
	}
	made, kept, left := 0, 0, 0
	for _, l := range m.links {
		err := m.api.call(ctx, "AdminLinkProviderForUser", body{
			"UserPoolId":      m.FromPool,
			"DestinationUser": body{"ProviderName": "Cognito", "ProviderAttributeValue": l.username},
			"SourceUser":      body{"ProviderName": l.provider, "ProviderAttributeName": model.SubjectAttribute, "ProviderAttributeValue": l.id},
		}, nil)
		var refused *refusal
		switch {
		case err == nil:
			made++
		case !errors.As(err, &refused) || refused.Status >= http.StatusInternalServerError:
			return err
		case strings.Contains(refused.Message, "already linked to DestinationUser"):
			kept++
		default:
			left++
			m.leave("an identity with provider %s: %s", l.provider, refused.Message)
		}
	}
	m.tell("identities: %d linked, %d kept as they are, %d refused", made, kept, left)
	return nil
}
