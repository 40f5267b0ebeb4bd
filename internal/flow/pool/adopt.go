package pool

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

var (
	adoptableID     = regexp.MustCompile(`^[a-z0-9-]+_[0-9A-Za-z]{1,45}$`)
	adoptableClient = regexp.MustCompile(`^[0-9A-Za-z_+]{1,128}$`)
)

// Adopt makes the pool that a document of DescribeUserPool tells of, under the id
// that it has elsewhere. Its second factors are SetMFA's to set. ErrExists of the
// store says that the id is taken.
func (p *Pools) Adopt(ctx context.Context, told *shape.UserPoolType) (*model.Pool, error) {
	id := wire.Of(told.Id)
	if !adoptableID.MatchString(id) || len(id) > 55 {
		return nil, invalid("The id of the user pool is none.")
	}
	in := shape.CreateUserPoolRequest{}
	if err := wire.Read(wire.Must(told), &in); err != nil { // the members have the same names
		return nil, fmt.Errorf("read the document of pool %s: %w", id, err)
	}
	in.PoolName, in.MfaConfiguration = told.Name, nil
	if a := in.AdminCreateUserConfig; a != nil && in.Policies != nil && in.Policies.PasswordPolicy != nil && in.Policies.PasswordPolicy.TemporaryPasswordValidityDays != nil {
		a.UnusedAccountValidityDays = nil // the policy replaces it, whatever it still says
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	schema, err := adoptedSchema(told.SchemaAttributes)
	if err != nil {
		return nil, err
	}
	next := newDocument(&in, schema, wire.At(p.cfg.Now()))
	next.Doc.CreationDate = orNil(told.CreationDate, next.Doc.CreationDate)
	if err := p.replace(next, settingsOfNew(&in)); err != nil {
		return nil, err
	}
	next.Doc.AccountRecoverySetting = told.AccountRecoverySetting // none is a setting of its own, from before there was one
	return next, p.storeAs(ctx, next, id)
}

func orNil[T any](value, otherwise *T) *T {
	if value != nil {
		return value
	}
	return otherwise
}

// adoptedSchema is the standard schema with what the document changes and adds. What
// is neither, such as identities, every pool has by itself.
func adoptedSchema(told []shape.SchemaAttributeType) ([]shape.SchemaAttributeType, error) {
	list := standardSchema()
	var err error
	for _, a := range told {
		name := wire.Of(a.Name)
		bare := strings.TrimPrefix(strings.TrimPrefix(name, "dev:"), "custom:")
		if bare != name {
			a.Name, a.Required = &bare, nil
			if list, err = addCustom(list, a); err != nil {
				return nil, err
			}
			continue
		}
		i := slices.IndexFunc(list[:len(standard)], func(s shape.SchemaAttributeType) bool { return *s.Name == name })
		if i < 0 {
			continue
		}
		if err := adjust(&list[i], a); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AdoptClient makes the app client that a document of DescribeUserPoolClient tells
// of, with the id and the secret that it has elsewhere.
func (p *Pools) AdoptClient(ctx context.Context, told *shape.UserPoolClientType) error {
	id := wire.Of(told.ClientId)
	if !adoptableClient.MatchString(id) {
		return invalid("The id of the app client is none.")
	}
	in := shape.CreateUserPoolClientRequest{}
	if err := wire.Read(wire.Must(told), &in); err != nil {
		return fmt.Errorf("read the document of client %s: %w", id, err)
	}
	if err := in.Check(); err != nil {
		return err
	}
	next := &model.Client{ID: id, PoolID: *in.UserPoolId, Doc: clientDocument(clientSettingsOfNew(&in))}
	now := wire.At(p.cfg.Now())
	next.Doc.ClientId, next.Doc.CreationDate, next.Doc.LastModifiedDate = &id, orNil(told.CreationDate, now), now
	if secret := wire.Of(told.ClientSecret); secret != "" {
		first, err := p.clientSecret(id, secret)
		if err != nil {
			return err
		}
		next.Secret = p.cfg.Secrets.SealClientSecrets(id, []model.ClientSecret{first})
	}
	err := p.addClient(ctx, next)
	if errors.Is(err, store.ErrExists) {
		err = fault.New(fault.InvalidParameter, "The id of the app client is taken.").Because(err)
	}
	return err
}
