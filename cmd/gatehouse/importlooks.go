package main

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

// looks takes over the style sheets of the classic pages.
func (m *mover) looks(ctx context.Context) error {
	for _, id := range append([]string{""}, m.clientIDs...) {
		var told, here shape.GetUICustomizationResponse
		if _, ok, err := m.read(ctx, "GetUICustomization", upstream.Query{Client: id}, &told); err != nil {
			m.leave("UI customization: %v", err)
			return nil
		} else if !ok || told.UICustomization == nil {
			continue
		}
		t := told.UICustomization
		of := wire.Of(t.ClientId)
		if of == "ALL" {
			of = ""
		}
		if of != id {
			continue // a client that follows its pool
		}
		if t.ImageUrl != nil {
			m.leave("the logo of the UI customization%s: it is at %s", ofClient(id), *t.ImageUrl)
		}
		if wire.Of(t.CSS) == "" {
			continue
		}
		in := shape.SetUICustomizationRequest{UserPoolId: &m.FromPool, CSS: t.CSS}
		asked := body{"UserPoolId": m.FromPool}
		if id != "" {
			in.ClientId, asked["ClientId"] = &id, id
		}
		if _, err := m.has(ctx, "GetUICustomization", asked, &here); err != nil {
			return err
		}
		if h := here.UICustomization; h != nil && wire.Of(h.CSS) == *t.CSS {
			continue
		}
		if err := m.make(ctx, "UI customization"+ofClient(id), "SetUICustomization", in); err != nil {
			return err
		}
	}
	return nil
}

func ofClient(id string) string {
	if id == "" {
		return ""
	}
	return " of app client " + id
}

// branding takes over how the pages of managed login look, by app client.
func (m *mover) branding(ctx context.Context) error {
	for _, id := range m.clientIDs {
		var told shape.DescribeManagedLoginBrandingByClientResponse
		if _, ok, err := m.read(ctx, "DescribeManagedLoginBrandingByClient", upstream.Query{Client: id}, &told); err != nil {
			return err
		} else if !ok || told.ManagedLoginBranding == nil {
			continue
		}
		here, err := m.has(ctx, "DescribeManagedLoginBrandingByClient", body{"UserPoolId": m.FromPool, "ClientId": id}, nil)
		if err != nil {
			return err
		}
		what := "managed login branding of app client " + id
		if here {
			m.tell("kept the %s, which is here already", what)
			continue
		}
		b := told.ManagedLoginBranding
		in := shape.CreateManagedLoginBrandingRequest{UserPoolId: &m.FromPool, ClientId: &id, Assets: b.Assets, Settings: b.Settings}
		if wire.Of(b.UseCognitoProvidedValues) {
			in = shape.CreateManagedLoginBrandingRequest{UserPoolId: &m.FromPool, ClientId: &id, UseCognitoProvidedValues: new(true)}
		}
		if err := m.make(ctx, what, "CreateManagedLoginBranding", in); err != nil {
			return err
		}
	}
	return nil
}

// terms takes over the terms of app clients.
func (m *mover) terms(ctx context.Context) error {
	return each(ctx, m, "ListTerms", upstream.Query{}, func(page shape.ListTermsResponse) error {
		for _, t := range page.Terms {
			var told shape.DescribeTermsResponse
			if _, ok, err := m.read(ctx, "DescribeTerms", upstream.Query{Terms: wire.Of(t.TermsId)}, &told); err != nil {
				return err
			} else if !ok || told.Terms == nil {
				m.leave("terms %s: they are listed and not described", wire.Of(t.TermsName))
				continue
			}
			in := shape.CreateTermsRequest{
				UserPoolId: &m.FromPool, ClientId: told.Terms.ClientId, TermsName: told.Terms.TermsName, TermsSource: told.Terms.TermsSource,
				Enforcement: told.Terms.Enforcement, Links: told.Terms.Links,
			}
			if err := m.make(ctx, "terms "+wire.Of(t.TermsName)+ofClient(wire.Of(told.Terms.ClientId)), "CreateTerms", in); err != nil {
				return err
			}
		}
		return nil
	})
}
