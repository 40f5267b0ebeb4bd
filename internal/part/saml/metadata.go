// Package saml reads what identity providers of SAML 2.0 say of themselves.
package saml

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Metadata is what is needed of a provider's metadata document to sign in with it.
type Metadata struct {
	EntityID string
	// Where requests go, by binding; "" where the provider does not offer it.
	SSORedirect, SSOPost, SLORedirect string
	// Certificates of the keys that sign responses, at least one.
	Certificates []*x509.Certificate
}

// maxDepth is how deep elements may be inside one another: metadata needs ten.
const maxDepth = 64

// The bindings of SAML 2.0, section 3 of its bindings.
const (
	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

type service struct {
	Binding  string `xml:"Binding,attr"`
	Location string `xml:"Location,attr"`
}

type document struct {
	XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
	EntityID string   `xml:"entityID,attr"`
	IDP      *struct {
		Keys []struct {
			Use          string   `xml:"use,attr"`
			Certificates []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:metadata KeyDescriptor"`
		SSO []service `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleSignOnService"`
		SLO []service `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleLogoutService"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:metadata IDPSSODescriptor"`
}

// ParseMetadata reads the metadata document of one identity provider. It fetches
// nothing: what a document says of other documents (a DTD, entities) is refused.
func ParseMetadata(text []byte) (*Metadata, error) {
	if err := plain(text); err != nil {
		return nil, err
	}
	var d document
	if err := xml.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read the metadata: %w", err)
	}
	if d.EntityID == "" || d.IDP == nil {
		return nil, errors.New("the metadata is of no identity provider")
	}
	m := &Metadata{
		EntityID:    d.EntityID,
		SSORedirect: find(d.IDP.SSO, bindingRedirect), SSOPost: find(d.IDP.SSO, bindingPost),
		SLORedirect: find(d.IDP.SLO, bindingRedirect),
	}
	if m.SSORedirect == "" && m.SSOPost == "" {
		return nil, errors.New("the metadata names no place to sign in, by redirect or by post")
	}
	for _, key := range d.IDP.Keys {
		if key.Use != "" && key.Use != "signing" {
			continue
		}
		for _, encoded := range key.Certificates {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
			if err != nil {
				return nil, fmt.Errorf("read a certificate of the metadata: %w", err)
			}
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, fmt.Errorf("read a certificate of the metadata: %w", err)
			}
			m.Certificates = append(m.Certificates, certificate)
		}
	}
	if m.Certificates == nil {
		return nil, errors.New("the metadata has no certificate of a key that signs")
	}
	return m, nil
}

func find(list []service, binding string) string {
	for _, s := range list {
		if s.Binding == binding {
			return strings.TrimSpace(s.Location)
		}
	}
	return ""
}

// plain refuses declarations, through which a document could grow without end or
// reach for files, and elements that are nested without end.
func plain(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	depth := 0
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the metadata: %w", err)
		}
		switch token.(type) {
		case xml.Directive:
			return errors.New("the metadata has declarations, which are refused")
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errors.New("the metadata is nested too deep")
			}
		case xml.EndElement:
			depth--
		}
	}
}
