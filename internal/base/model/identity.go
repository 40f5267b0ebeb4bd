package model

import (
	"strings"
	"time"
)

// Identity is who somebody is to another identity provider, linked to a user of a pool.
type Identity struct {
	PoolID   string
	Provider string // its name
	// Attribute tells what Value is: SubjectAttribute, or the attribute of the pool
	// to which the provider's claim is mapped.
	Attribute string
	Value     string
	Sub       string // of the user to whom it is linked
	Type      string // of the provider, when it was linked
	Issuer    string // of the provider, when it was linked; "" where it has none
	CreatedAt time.Time
}

// SubjectAttribute is what Cognito calls the identifier that the provider itself uses.
const SubjectAttribute = "Cognito_Subject"

// Name is the user name that the identity would have as a user of its own.
func (i *Identity) Name() string {
	if i.Attribute == SubjectAttribute {
		return i.Provider + "_" + i.Value
	}
	return strings.Join([]string{i.Provider, i.Attribute, i.Value}, "_")
}

// IdentitiesAttribute is the attribute of a user that tells the identities, as
// a JSON text. It is written here, and by nobody who edits attributes.
const IdentitiesAttribute = "identities"

// IdentityEntry is one identity in the attribute, in Cognito's form.
type IdentityEntry struct {
	UserID       string  `json:"userId"`
	ProviderName string  `json:"providerName"`
	ProviderType string  `json:"providerType"`
	Issuer       *string `json:"issuer"`
	Primary      bool    `json:"primary"`     // the user came by it
	DateCreated  int64   `json:"dateCreated"` // milliseconds since the epoch
}

// Entry is the identity as the attribute tells it.
func (i *Identity) Entry() IdentityEntry {
	e := IdentityEntry{UserID: i.Value, ProviderName: i.Provider, ProviderType: i.Type, DateCreated: i.CreatedAt.UnixMilli()}
	if i.Issuer != "" {
		e.Issuer = &i.Issuer
	}
	return e
}
