package branding

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

const (
	// maxStyles is Cognito's quota of styles in a pool.
	maxStyles = 20
	// maxAssets is the model's limit of pictures in a request, and so in a style.
	maxAssets = 40
	// maxStyle bounds what all requests for a style have put together, in bytes of JSON.
	maxStyle = 8 << 20
)

type style = shape.ManagedLoginBrandingType

func noStyle(id string) error {
	return fault.Newf(fault.ResourceNotFound, "Managed login branding %s does not exist.", id)
}

// CreateStyle makes the style of a client that has none.
func (b *Branding) CreateStyle(ctx context.Context, in *shape.CreateManagedLoginBrandingRequest) (*style, error) {
	if err := checkStyle(in.UseCognitoProvidedValues, in.Settings, in.Assets); err != nil {
		return nil, err
	}
	id, err := b.newID()
	if err != nil {
		return nil, err
	}
	now := b.cfg.Now()
	s := &style{
		ManagedLoginBrandingId: &id, UserPoolId: in.UserPoolId, Settings: in.Settings, Assets: in.Assets,
		UseCognitoProvidedValues: new(wire.Of(in.UseCognitoProvidedValues)),
		CreationDate:             wire.At(now), LastModifiedDate: wire.At(now),
	}
	err = b.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		has, err := styleOfClient(tx, *in.UserPoolId, *in.ClientId)
		if err != nil {
			return err
		}
		if has != nil {
			return fault.New(fault.ManagedLoginBrandingExists, "Managed login branding already exists for the app client.")
		}
		if err := room(tx, *in.UserPoolId, model.Branding, maxStyles, "managed login branding styles"); err != nil {
			return err
		}
		doc, err := styleDocument(s)
		if err != nil {
			return err
		}
		return tx.CreateResource(&model.Resource{
			PoolID: *in.UserPoolId, Kind: model.Branding, Name: id, ClientID: *in.ClientId, Document: doc, CreatedAt: now, ModifiedAt: now,
		})
	})
	return s, err
}

// styleOfClient is the style of a client; nil when it has none.
func styleOfClient(tx *store.Tx, poolID, clientID string) (*model.Resource, error) {
	if _, err := pool.Find(tx, poolID); err != nil {
		return nil, err
	}
	if _, err := pool.FindClient(tx, poolID, clientID); err != nil {
		return nil, err
	}
	list, err := tx.ResourcesOfClient(poolID, clientID, model.Branding)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// Style tells a style by its id.
func (b *Branding) Style(ctx context.Context, poolID, id string) (*style, error) {
	s := new(style)
	err := b.cfg.Store.View(ctx, func(tx *store.Tx) error {
		*s = style{}
		_, err := find(tx, poolID, model.Branding, id, noStyle(id), s)
		return err
	})
	return s, err
}

// StyleOfClient tells the style of a client.
func (b *Branding) StyleOfClient(ctx context.Context, poolID, clientID string) (*style, error) {
	s := new(style)
	err := b.cfg.Store.View(ctx, func(tx *store.Tx) error {
		*s = style{}
		r, err := styleOfClient(tx, poolID, clientID)
		if err != nil {
			return err
		}
		if r == nil {
			return fault.Newf(fault.ResourceNotFound, "App client %s has no managed login branding.", clientID)
		}
		return wire.Read(r.Document, s)
	})
	return s, err
}

// UpdateStyle adds to a style: settings and pictures that a request does not name stay.
func (b *Branding) UpdateStyle(ctx context.Context, in *shape.UpdateManagedLoginBrandingRequest) (*style, error) {
	if in.UserPoolId == nil || in.ManagedLoginBrandingId == nil {
		return nil, invalid("UserPoolId and ManagedLoginBrandingId are required.")
	}
	if err := checkStyle(in.UseCognitoProvidedValues, in.Settings, in.Assets); err != nil {
		return nil, err
	}
	s := new(style)
	err := b.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		*s = style{}
		r, err := find(tx, *in.UserPoolId, model.Branding, *in.ManagedLoginBrandingId, noStyle(*in.ManagedLoginBrandingId), s)
		if err != nil {
			return err
		}
		if err := merge(s, in); err != nil {
			return err
		}
		r.ModifiedAt = b.cfg.Now()
		s.LastModifiedDate = wire.At(r.ModifiedAt)
		if r.Document, err = styleDocument(s); err != nil {
			return err
		}
		return tx.SaveResource(r)
	})
	return s, err
}

// DeleteStyle removes a style.
func (b *Branding) DeleteStyle(ctx context.Context, poolID, id string) error {
	return b.remove(ctx, poolID, model.Branding, id, noStyle(id))
}

func checkStyle(provided *bool, settings wire.Document, assets []shape.AssetType) error {
	if wire.Of(provided) && (settings != nil || len(assets) > 0) {
		return invalid("Settings and Assets cannot be set together with UseCognitoProvidedValues.")
	}
	if settings != nil && !isObject(settings) {
		return invalid("Settings must be a JSON object.")
	}
	seen := map[assetKey]bool{}
	for i := range assets {
		key := keyOf(&assets[i])
		if seen[key] {
			return invalid("Assets has %s for %s more than once.", *assets[i].Category, *assets[i].ColorMode)
		}
		seen[key] = true
		if err := checkPicture(&assets[i]); err != nil {
			return err
		}
	}
	return nil
}

// assetKey is what tells pictures apart: where one is shown, in which colours, and of what.
type assetKey struct{ category, mode, resource string }

func keyOf(a *shape.AssetType) assetKey {
	return assetKey{wire.Of(a.Category), wire.Of(a.ColorMode), wire.Of(a.ResourceId)}
}

// merge applies a change to a style.
func merge(s *style, in *shape.UpdateManagedLoginBrandingRequest) error {
	if wire.Of(in.UseCognitoProvidedValues) {
		s.UseCognitoProvidedValues, s.Settings, s.Assets = new(true), nil, nil
		return nil
	}
	if in.UseCognitoProvidedValues != nil || in.Settings != nil || len(in.Assets) > 0 {
		s.UseCognitoProvidedValues = new(false)
	}
	if in.Settings != nil {
		settings, err := overlay(s.Settings, in.Settings)
		if err != nil {
			return err
		}
		s.Settings = settings
	}
	for _, a := range in.Assets {
		at := slices.IndexFunc(s.Assets, func(old shape.AssetType) bool { return keyOf(&old) == keyOf(&a) })
		if at < 0 {
			s.Assets = append(s.Assets, a)
		} else {
			s.Assets[at] = a
		}
	}
	if len(s.Assets) > maxAssets {
		return invalid("A style can have at most %d assets.", maxAssets)
	}
	return nil
}

func isObject(d wire.Document) bool { return len(d) > 0 && bytes.TrimLeft(d, " \t\r\n")[0] == '{' }

// overlay writes the members of one JSON value over those of another: objects
// member by member, anything else as a whole. Documents nest as deep as a request
// may, no deeper.
func overlay(under, over wire.Document) (wire.Document, error) {
	if under == nil || !isObject(under) || !isObject(over) {
		return over, nil
	}
	var below, above map[string]wire.Document
	if err := wire.Read(under, &below); err != nil {
		return nil, err
	}
	if err := wire.Read(over, &above); err != nil {
		return nil, err
	}
	for name, value := range above {
		merged, err := overlay(below[name], value)
		if err != nil {
			return nil, err
		}
		below[name] = merged
	}
	return wire.Encode(below)
}

func styleDocument(s *style) ([]byte, error) {
	doc, err := wire.Encode(s)
	if err != nil {
		return nil, fmt.Errorf("write style: %w", err)
	}
	if len(doc) > maxStyle {
		return nil, invalid("The settings and assets of a style can have %d bytes together.", maxStyle)
	}
	return doc, nil
}
