package model

import "time"

// Resource is something of a pool that is kept as the API's own shape: its
// document is what describes it on the wire. Few of a kind, none of a user.
type Resource struct {
	PoolID   string
	Kind     ResourceKind
	Name     string // unique within pool and kind
	ClientID string // whose it is, with whom it goes; empty: the pool's
	// Document is the wire shape as JSON.
	Document   []byte
	CreatedAt  time.Time
	ModifiedAt time.Time
}

// ResourceKind names what a resource is.
type ResourceKind string

// The kinds of resources, and what their names are.
const (
	Branding        = ResourceKind("branding")         // by its id
	Terms           = ResourceKind("terms")            // by its id
	UICustomization = ResourceKind("ui customization") // by client id or ALL
	LogDelivery     = ResourceKind("log delivery")     // one, without a name
	Replica         = ResourceKind("replica")          // by region

	ResourceServer     = ResourceKind("resource server")     // by identifier
	IdentityProvider   = ResourceKind("identity provider")   // by name
	ProviderIdentifier = ResourceKind("provider identifier") // by identifier; the document is the name of its provider
	Certificate        = ResourceKind("certificate")         // by use
)
