package saml_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/saml"
)

// certificate makes one in the form of metadata.
func certificate(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "idp"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// metadata is a document as a provider publishes it, with prefixes.
func metadata(certificate string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.com/metadata">
 <!-- a remark -->
 <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>bm8=</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
  <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
   ` + certificate + `
  </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
  <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/slo"/>
  <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/>
  <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/>
 </md:IDPSSODescriptor>
</md:EntityDescriptor>`
}

func TestMetadataTellsWhereAndByWhomAUserSignsIn(t *testing.T) {
	got, err := saml.ParseMetadata([]byte(metadata(certificate(t))))
	if err != nil {
		t.Fatal(err)
	}
	if got.EntityID != "https://idp.example.com/metadata" || got.SSORedirect != "https://idp.example.com/sso" ||
		got.SSOPost != "https://idp.example.com/post" || got.SLORedirect != "https://idp.example.com/slo" {
		t.Errorf("got %+v", got)
	}
	if len(got.Certificates) != 1 || got.Certificates[0].Subject.CommonName != "idp" {
		t.Errorf("got certificates %v", got.Certificates)
	}
}

func TestMetadataIsRefused(t *testing.T) {
	good := metadata(certificate(t))
	without := func(from, to string) string {
		i, j := strings.Index(good, from), strings.LastIndex(good, to)+len(to)
		return good[:i] + good[j:]
	}
	for name, c := range map[string]struct{ text, want string }{
		"that is no XML":                {"metadata", "EOF"},
		"that is empty":                 {"", "EOF"},
		"that ends too early":           {good[:len(good)-30], "EOF"},
		"of something else":             {`<html/>`, "EntityDescriptor"},
		"in another namespace":          {strings.ReplaceAll(good, "urn:oasis:names:tc:SAML:2.0:metadata", "urn:other"), "EntityDescriptor"},
		"of a service, not a provider":  {strings.ReplaceAll(good, "IDPSSODescriptor", "SPSSODescriptor"), "no identity provider"},
		"without a name":                {strings.Replace(good, ` entityID="https://idp.example.com/metadata"`, "", 1), "no identity provider"},
		"without a place to sign in":    {without(`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"`, `/sso"/>`), "no place to sign in"},
		"without a certificate":         {strings.Replace(good, `use="signing"`, `use="encryption"`, 1), "no certificate"},
		"with a certificate that is no": {metadata("AAAA"), "read a certificate"},
		"with a certificate in no code": {metadata("?"), "read a certificate"},
		"with a document type":          {`<!DOCTYPE md:EntityDescriptor [<!ENTITY a "b">]>` + good, "declarations"},
		"with an entity of its own":     {strings.Replace(good, "https://idp.example.com/sso", "&a;", 1), "invalid character entity"},
		"nested without end":            {strings.Repeat("<a>", 1000), "too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := saml.ParseMetadata([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %+v, %v; want an error that says %q", got, err, c.want)
			}
		})
	}
}

// FuzzParseMetadata: whatever comes, there is an answer, and an accepted document
// has what a sign-in needs.
func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte(metadata(certificate(f))))
	f.Add([]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"><IDPSSODescriptor/></EntityDescriptor>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := saml.ParseMetadata(text)
		if err == nil && (m.EntityID == "" || m.SSORedirect == "" && m.SSOPost == "" || len(m.Certificates) == 0) {
			t.Errorf("accepted %+v", m)
		}
	})
}
