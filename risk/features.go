package risk

// Feature is one number drawn from an attempt, and its place in a Vector.
type Feature uint8

// The features, in the order of FeatureTable. The numbers are not stored
// anywhere: weights name their features.
const (
	CountryNew Feature = iota
	CountryKnown
	CountryRare
	NetworkNew
	NetworkKnown
	NetworkRare
	PrefixNew
	PrefixKnown
	PrefixRare
	AddressNew
	AddressKnown
	PlaceNew
	PlaceKnown
	PlaceFar
	TravelTrusted
	TravelUntrusted
	ZoneNew
	ZoneMismatch
	DeviceNew
	DeviceAbsent
	DeviceKnown
	DeviceCookie
	DeviceRemembered
	DeviceMoved
	PlatformNew
	BrowserNew
	AgentNew
	AgentKnown
	AgentBackward
	AgentStale
	AgentRare
	ModelNew
	Automation
	HourUnusual
	HourUsual
	WeekdayUnusual
	ClassHosting
	ClassVPN
	ClassTor
	ClassRelay
	ClassMobile
	Unseen
	UnseenWhere
	Surprise
	DeviceAndNetwork
	DeviceAndAddress
	DeviceAndPlace
	DeviceAndAgent
	DeviceAndClass
	AddressOdds
	PrefixOdds
	NetworkOdds
	AgentOdds
	DeviceOdds
	AddressStrangers
	PrefixStrangers
	DeviceUsers
	AddressRate
	AccountFailures
	AccountFailuresRecent
	AccountFailuresHere
	AccountSecondFactor
	Spray
	Campaign

	NumFeatures int = iota
)

// Vector holds the features of one attempt. Every member is finite and none is
// negative: 0 is what an attempt shows of which nothing is known, and what a
// detector that is switched off leaves behind.
type Vector [NumFeatures]float32

// Channel is one of the two questions that are asked of an attempt.
type Channel uint8

// IdentityChannel asks whether this is the user. CampaignChannel asks whether
// somebody is trying many accounts, this one among them.
const (
	IdentityChannel Channel = iota
	CampaignChannel
	numChannels
)

// String gives "identity" or "campaign".
func (c Channel) String() string {
	if c == IdentityChannel {
		return "identity"
	}
	return "campaign"
}

// FeatureInfo says what a feature is. Direction is +1 if a larger value may only
// raise the risk and -1 if it may only lower it; weights that do otherwise are
// refused. A feature of the campaign channel has no weight in the identity
// channel; the campaign channel may weigh both kinds.
type FeatureInfo struct {
	Name      string // in weights files
	Code      Code   // of the reason that it gives
	Detector  Detector
	Channel   Channel
	Direction int8
	Meaning   string
}

// FeatureTable tells every feature. Where a meaning says "nats", the value is a
// log-likelihood ratio between somebody else and this user, adapted to how often
// this user shows something new, and clipped to 8.
var FeatureTable = [NumFeatures]FeatureInfo{
	CountryNew:   {"country_new", CodeNewCountry, UnusualLocation, IdentityChannel, +1, "a country the user never signed in from, nats"},
	CountryKnown: {"country_known", CodeKnownCountry, UnusualLocation, IdentityChannel, -1, "a country of the user's, nats"},
	CountryRare:  {"country_rare", CodeNewCountry, UnusualLocation, IdentityChannel, +1, "new for the user and rare in the pool, nats"},

	NetworkNew:   {"network_new", CodeNewNetwork, NetworkReputation, IdentityChannel, +1, "a network (ASN) the user never used, nats"},
	NetworkKnown: {"network_known", CodeKnownNetwork, NetworkReputation, IdentityChannel, -1, "a network of the user's, nats"},
	NetworkRare:  {"network_rare", CodeNewNetwork, NetworkReputation, IdentityChannel, +1, "new for the user and rare among honest sign-ins of its country, nats"},
	PrefixNew:    {"prefix_new", CodeNewAddress, NetworkReputation, IdentityChannel, +1, "a new /24 (IPv6 /48), nats"},
	PrefixKnown:  {"prefix_known", CodeKnownAddress, NetworkReputation, IdentityChannel, -1, "a known /24 (IPv6 /48), nats"},
	PrefixRare:   {"prefix_rare", CodeNewAddress, NetworkReputation, IdentityChannel, +1, "new for the user and rare among honest sign-ins of its network, nats"},
	AddressNew:   {"address_new", CodeNewAddress, NetworkReputation, IdentityChannel, +1, "a new address (IPv6 /64), nats"},
	AddressKnown: {"address_known", CodeKnownAddress, NetworkReputation, IdentityChannel, -1, "a known address (IPv6 /64), nats"},

	PlaceNew:        {"place_new", CodeUnusualLocation, UnusualLocation, IdentityChannel, +1, "farther from every known place than both radii explain, nats"},
	PlaceKnown:      {"place_known", CodeKnownPlace, UnusualLocation, IdentityChannel, -1, "near a known place, nats"},
	PlaceFar:        {"place_far", CodeUnusualLocation, UnusualLocation, IdentityChannel, +1, "log2(1 + km beyond the radii / 100) to the nearest known place, less for who travels"},
	TravelTrusted:   {"travel_trusted", CodeImpossibleTravel, ImpossibleTravel, IdentityChannel, +1, "log2(1 + speed / limit) between two places that can be believed"},
	TravelUntrusted: {"travel_untrusted", CodeImpossibleTravel, ImpossibleTravel, IdentityChannel, +1, "the same where one end is a mobile or relay gateway"},
	ZoneNew:         {"zone_new", CodeNewZone, UnusualLocation, IdentityChannel, +1, "a clock the user never had, nats"},
	ZoneMismatch:    {"zone_mismatch", CodeZoneMismatch, UnusualLocation, IdentityChannel, +1, "hours by which the client's clock disagrees with the place, beyond 3, at most 8; less if the user is known for it"},

	DeviceNew:        {"device_new", CodeNewDevice, NewDevice, IdentityChannel, +1, "a device key the user never had, nats"},
	DeviceAbsent:     {"device_absent", CodeMissingDevice, NewDevice, IdentityChannel, +1, "no device key from a user who brings one, nats"},
	DeviceKnown:      {"device_known", CodeKnownDevice, NewDevice, IdentityChannel, -1, "a device key of the user's: 1, up to 2 with use"},
	DeviceCookie:     {"device_cookie", CodeKnownDevice, NewDevice, IdentityChannel, -1, "the same, if cookie or remembered"},
	DeviceRemembered: {"device_remembered", CodeKnownDevice, NewDevice, IdentityChannel, -1, "the same, if remembered"},
	DeviceMoved:      {"device_moved", CodeDeviceChanged, NewDevice, IdentityChannel, +1, "a known key in another browser (2) or in an older one (1)"},

	PlatformNew:   {"platform_new", CodeUnusualAgent, UnusualAgent, IdentityChannel, +1, "an operating system and class the user never had, nats"},
	BrowserNew:    {"browser_new", CodeUnusualAgent, UnusualAgent, IdentityChannel, +1, "a browser the user never had on it, nats"},
	AgentNew:      {"agent_new", CodeUnusualAgent, UnusualAgent, IdentityChannel, +1, "an agent string the user never had, nats"},
	AgentKnown:    {"agent_known", CodeKnownAgent, UnusualAgent, IdentityChannel, -1, "an agent string of the user's, nats by how rare it is in the pool"},
	AgentBackward: {"agent_backward", CodeOlderAgent, UnusualAgent, IdentityChannel, +1, "log2(1 + major versions) below the last seen on this browser"},
	AgentStale:    {"agent_stale", CodeOutdatedAgent, UnusualAgent, IdentityChannel, +1, "log2(1 + major versions) below what the pool uses now, if new for the user"},
	AgentRare:     {"agent_rare", CodeUnusualAgent, UnusualAgent, IdentityChannel, +1, "new for the user and rare in the pool, nats"},
	ModelNew:      {"model_new", CodeNewModel, UnusualAgent, IdentityChannel, +1, "a hardware model the user never had, nats"},
	Automation:    {"automation", CodeAutomation, UnusualAgent, IdentityChannel, +1, "1 if the agent is a tool or a bot that the user never used"},

	HourUnusual:    {"hour_unusual", CodeUnusualHour, UnusualHour, IdentityChannel, +1, "an hour the user is seldom seen at, nats"},
	HourUsual:      {"hour_usual", CodeUsualHour, UnusualHour, IdentityChannel, -1, "an hour the user is often seen at, nats"},
	WeekdayUnusual: {"weekday_unusual", CodeUnusualHour, UnusualHour, IdentityChannel, +1, "weekend or weekday against the user's habit, nats"},

	ClassHosting: {"class_hosting", CodeHostingNetwork, NetworkReputation, IdentityChannel, +1, "a hosting network new for the user, less if the pool's known devices use it: 0 to 1"},
	ClassVPN:     {"class_vpn", CodeVPNNetwork, NetworkReputation, IdentityChannel, +1, "the same for a VPN"},
	ClassTor:     {"class_tor", CodeTorNetwork, NetworkReputation, IdentityChannel, +1, "the same for Tor"},
	ClassRelay:   {"class_relay", CodeRelayNetwork, NetworkReputation, IdentityChannel, +1, "the same for a privacy relay"},
	ClassMobile:  {"class_mobile", CodeMobileNetwork, NetworkReputation, IdentityChannel, -1, "1 on a mobile network of the user's, where new addresses are ordinary"},

	Unseen:      {"unseen", CodeAnomaly, Anomaly, IdentityChannel, +1, "how many things are new of six: country, network, prefix, address, device, agent"},
	UnseenWhere: {"unseen_where", CodeAnomaly, Anomaly, IdentityChannel, +1, "how many of the first four"},
	Surprise:    {"surprise", CodeAnomaly, Anomaly, IdentityChannel, +1, "standard deviations by which all evidence exceeds what is usual for this user, 0 to 8"},

	DeviceAndNetwork: {"device_and_network", CodeNewContext, Anomaly, IdentityChannel, +1, "unfamiliar device times network novelty"},
	DeviceAndAddress: {"device_and_address", CodeNewContext, Anomaly, IdentityChannel, +1, "evidence of a new or missing device times that of a new prefix and address, nats"},
	DeviceAndPlace:   {"device_and_place", CodeNewContext, Anomaly, IdentityChannel, +1, "unfamiliar device times place novelty"},
	DeviceAndAgent:   {"device_and_agent", CodeNewContext, Anomaly, IdentityChannel, +1, "unfamiliar device times agent novelty"},
	DeviceAndClass:   {"device_and_class", CodeNewContext, Anomaly, IdentityChannel, +1, "unfamiliar device times hosting, VPN or Tor"},

	AddressOdds: {"address_odds", CodeNetworkReputation, NetworkReputation, CampaignChannel, +1, "log(1 + odds of attack) of the address, times strangeness"},
	PrefixOdds:  {"prefix_odds", CodeNetworkReputation, NetworkReputation, CampaignChannel, +1, "the same for the /24 or /48"},
	NetworkOdds: {"network_odds", CodeNetworkReputation, NetworkReputation, CampaignChannel, +1, "the same for the network"},
	AgentOdds:   {"agent_odds", CodeAgentReputation, NetworkReputation, CampaignChannel, +1, "the same for the agent string"},
	DeviceOdds:  {"device_odds", CodeDeviceReputation, NetworkReputation, CampaignChannel, +1, "the same for the device key"},

	AddressStrangers: {"address_strangers", CodeCredentialStuffing, CredentialStuffing, CampaignChannel, +1, "log2(1 + strangers beyond regulars) seen at the address lately, times strangeness"},
	PrefixStrangers:  {"prefix_strangers", CodeCredentialStuffing, CredentialStuffing, CampaignChannel, +1, "the same for the /24 or /48"},
	DeviceUsers:      {"device_users", CodeCredentialStuffing, CredentialStuffing, CampaignChannel, +1, "log2 of the accounts beyond 4 that one device key tried"},
	AddressRate:      {"address_rate", CodeCredentialStuffing, CredentialStuffing, CampaignChannel, +1, "log2(1 + failures of the last minutes at the address), times strangeness"},

	AccountFailures:       {"account_failures", CodeBruteForce, BruteForce, CampaignChannel, +1, "log2(1 + failures of this account from foreign contexts, half-life a day), times strangeness"},
	AccountFailuresRecent: {"account_failures_recent", CodeBruteForce, BruteForce, CampaignChannel, +1, "log2(1 + such failures inside the window), times strangeness"},
	AccountFailuresHere:   {"account_failures_here", CodeBruteForce, BruteForce, CampaignChannel, +1, "log2(1 + such failures from this very /24 or /48)"},
	AccountSecondFactor:   {"account_second_factor", CodeSecondFactor, BruteForce, CampaignChannel, +1, "log2(1 + second factors failed or left unanswered from foreign contexts), times strangeness"},

	Spray:    {"spray", CodePasswordSpray, CredentialStuffing, CampaignChannel, +1, "log2 of the accounts beyond 3 on which this very password failed lately"},
	Campaign: {"campaign", CodeCampaign, CredentialStuffing, CampaignChannel, +1, "how far failures of this agent, network or prefix run above normal, 0 to 8, times strangeness"},
}
