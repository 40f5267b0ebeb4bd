package main

import (
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
)

type geoCmd struct {
	Lookup geoLookupCmd `cmd:"" help:"Tell where addresses are, and by what kind of network."`
	Build  geoBuildCmd  `cmd:"" help:"Make an atlas from city and network files: small, and in place of the built-in one."`
	Info   geoInfoCmd   `cmd:"" help:"Tell what an atlas was made of, and check every byte of it."`
}

// geoSettings are the files that places and networks come from: settings of the
// server, and of what judges without one.
type geoSettings struct {
	Atlas     string   `name:"geo-atlas" placeholder:"FILE" help:"Atlas of places and networks in place of the built-in one, as gatehouse geo build makes it."`
	City      []string `name:"geo-city" placeholder:"FILE" help:"Places in MaxMind's format: GeoLite2 or GeoIP2 City, DB-IP, IPinfo. The atlas answers what it does not know. May be given several times."`
	ASN       []string `name:"geo-asn" placeholder:"FILE" help:"Networks in MaxMind's format: GeoLite2 ASN, DB-IP, IPinfo. May be given several times."`
	Anonymous []string `name:"geo-anonymous" placeholder:"FILE" help:"Kinds of networks in MaxMind's format: GeoIP2 Anonymous-IP, IPinfo privacy. May be given several times."`
	TorExits  []string `name:"tor-exits" placeholder:"FILE" help:"Exits of Tor: an address on each line. May be given several times."`
	Relays    []string `name:"relay-ranges" placeholder:"FILE" help:"Exits of privacy relays: lines NETWORK,COUNTRY,REGION,CITY, as Apple publishes. May be given several times."`
	VPNs      []string `name:"vpn-ranges" placeholder:"FILE" help:"Exits of VPNs: a network on each line. May be given several times."`
	Own       []string `name:"own-networks" placeholder:"FILE" help:"Your own networks: a network on each line, perhaps with ,COUNTRY,REGION,CITY. May be given several times."`
}

// config translates.
func (s geoSettings) config() geo.Config {
	return geo.Config{
		Atlas: s.Atlas, City: s.City, ASN: s.ASN, Anonymous: s.Anonymous,
		TorExits: s.TorExits, Relays: s.Relays, VPNs: s.VPNs, Own: s.Own,
	}
}
