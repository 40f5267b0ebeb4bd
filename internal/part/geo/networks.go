package geo

import "slices"

// Networks whose class is known, by number: the largest of each kind in November
// 2026, and those whose name misleads. Checked against the names in the atlas by
// a test, so that a number that was given to somebody else is noticed.
//
// mixed are carriers whose people at home and on the road come out of one
// network, satellites, whose places are those of ground stations, carriers that
// sell to whole companies and to hosting alike, and names that mean something
// else. Their class is Unknown, which asks for a wide radius; their names would
// say Fixed, or worse.

// curated is the class of a network that is known by its number.
func curated(asn uint32) (Network, bool) {
	for _, list := range curatedLists {
		if _, ok := slices.BinarySearch(list.numbers, asn); ok {
			return list.class, true
		}
	}
	return Unknown, false
}

var curatedLists = []struct {
	class   Network
	numbers []uint32 // ascending
}{
	{Tor, torNumbers}, {Relay, relayNumbers}, {VPN, vpnNumbers}, {Hosting, hostingNumbers},
	{Mobile, mobileNumbers}, {Unknown, mixedNumbers}, {Fixed, fixedNumbers},
}

// Organisations that run exits and nothing else.
var torNumbers = []uint32{
	60729,  // Stiftung Erneuerbare Freiheit
	208323, // Foundation for Applied Privacy
	396507, // Emerald Onion
}

// What people come out of who use a privacy relay, or an encrypting resolver's
// tunnel, of their device. A program in the cloud of the same company comes out
// here too, but rarely at a sign-in page.
var relayNumbers = []uint32{
	13335, // Cloudflare: WARP, iCloud Private Relay
	36183, // Akamai: iCloud Private Relay
	54113, // Fastly: iCloud Private Relay
}

var vpnNumbers = []uint32{
	39351,  // 31173 Services: Mullvad, OVPN
	136787, // PacketHub: NordVPN
	141039, // PacketHub
	147049, // PacketHub
	207137, // PacketHub
	209103, // Proton
	209854, // Cyberzone: Surfshark
}

var hostingNumbers = []uint32{
	3842,   // InMotion: RamNode
	7203,   // Leaseweb USA
	8068,   // Microsoft
	8069,   // Microsoft
	8070,   // Microsoft
	8075,   // Microsoft
	8100,   // QuadraNet
	8560,   // IONOS
	8987,   // Amazon
	9009,   // M247
	9123,   // TimeWeb
	12876,  // Scaleway
	14061,  // DigitalOcean
	14340,  // Salesforce
	14618,  // Amazon
	15169,  // Google
	15830,  // Equinix
	16125,  // Cherry Servers
	16265,  // Leaseweb
	16276,  // OVH
	16509,  // Amazon
	16625,  // Akamai
	17378,  // TierPoint
	18450,  // WebNX
	18779,  // EGIHosting
	19318,  // Interserver
	19527,  // Google
	19994,  // Rackspace
	20473,  // The Constant Company: Vultr
	20860,  // iomart
	20940,  // Akamai
	21859,  // Zenlayer
	23470,  // ReliableSite
	24940,  // Hetzner
	24961,  // WIIT: myLoc
	25820,  // IT7 Networks
	26496,  // GoDaddy
	27357,  // Rackspace
	28753,  // Leaseweb
	29802,  // Hivelocity
	30633,  // Leaseweb USA
	31898,  // Oracle
	32244,  // Liquid Web
	33070,  // Rackspace
	34119,  // Wildcard
	35916,  // Multacom
	36351,  // IBM Cloud
	36352,  // HostPapa: ColoCrossing
	37963,  // Alibaba
	40021,  // Contabo
	40676,  // Psychz
	42708,  // GleSYS
	43350,  // NForce
	45090,  // Tencent
	45102,  // Alibaba
	46606,  // Unified Layer
	46844,  // Sharktech
	47583,  // Hostinger
	49505,  // Selectel
	49981,  // WorldStream
	50673,  // Serverius
	51167,  // Contabo
	53667,  // FranTech: BuyVM
	54290,  // HostPapa: Hostwinds
	55990,  // Huawei Cloud
	57043,  // Hostkey
	60068,  // Datacamp: CDN77
	60781,  // Leaseweb
	61317,  // Hivelocity
	63023,  // GTHost
	63949,  // Akamai: Linode
	132203, // Tencent
	132591, // Tencent
	136907, // Huawei
	137409, // GSL Networks
	137718, // Volcano Engine
	150436, // BytePlus
	197540, // netcup
	198610, // Beget
	199524, // G-Core
	200350, // Yandex Cloud
	202422, // G-Core
	203020, // HostRoyale
	212238, // Datacamp
	213230, // Hetzner
	396356, // Latitude.sh
	396982, // Google
}

var mobileNumbers = []uint32{
	6167,   // Verizon Wireless
	8374,   // Polkomtel
	9141,   // P4
	9605,   // NTT Docomo
	9644,   // SK Telecom
	9674,   // Far EasTone
	9808,   // China Mobile
	10139,  // Smart
	15895,  // Kyivstar
	15897,  // Vodafone Turkey
	16135,  // Turkcell
	16232,  // TIM Mobile
	16637,  // MTN South Africa
	17421,  // Chunghwa, Mobile Business Group
	20057,  // AT&T Mobility
	21497,  // Vodafone Ukraine
	21928,  // T-Mobile USA
	22085,  // Claro Brazil
	22394,  // Verizon Wireless
	23693,  // Telkomsel
	24158,  // Taiwan Mobile
	24608,  // Wind Tre: H3G
	25135,  // Vodafone UK
	26599,  // Vivo
	26611,  // Comcel
	26615,  // TIM Brasil
	27831,  // Colombia Movil
	28403,  // Telcel
	28469,  // AT&T Mexico
	29465,  // MTN Nigeria
	29975,  // Vodacom
	30986,  // Scancom: MTN Ghana
	31133,  // MegaFon
	33771,  // Safaricom
	35228,  // O2 UK
	35819,  // Mobily
	36873,  // Airtel Nigeria
	36926,  // Airtel Kenya
	36992,  // Etisalat Misr
	37069,  // Orange Egypt
	37075,  // Airtel Uganda
	38266,  // Vodafone Idea
	43447,  // Orange Polska
	43766,  // Zain Saudi Arabia
	44034,  // Hi3G
	44244,  // Irancell
	45609,  // Bharti Airtel
	51207,  // Free Mobile
	55836,  // Jio
	56040,  // China Mobile, by province
	56041,  // China Mobile, by province
	56042,  // China Mobile, by province
	56044,  // China Mobile, by province
	56045,  // China Mobile, by province
	56046,  // China Mobile, by province
	56047,  // China Mobile, by province
	56048,  // China Mobile, by province
	60339,  // Three UK
	131429, // MobiFone
	132199, // Globe
	133612, // Vodafone Australia
	197207, // MCI Iran
	206067, // Three UK
}

var mixedNumbers = []uint32{
	174,    // Cogent
	577,    // Bell Canada
	719,    // Elisa
	812,    // Rogers
	852,    // Telus
	1136,   // KPN
	1221,   // Telstra
	1257,   // Tele2
	1759,   // Telia Finland
	1766,   // Exxon Mobil: no phones
	2119,   // Telenor Norge
	2516,   // KDDI
	2914,   // NTT America
	3209,   // Vodafone Germany
	3215,   // Orange France
	3257,   // GTT
	3292,   // TDC
	3301,   // Telia Sweden
	3303,   // Swisscom
	3320,   // Deutsche Telekom
	3329,   // Vodafone Greece
	3356,   // Level 3
	3549,   // Level 3
	4766,   // Korea Telecom
	4804,   // Optus
	5384,   // Etisalat
	5391,   // Hrvatski Telekom
	5410,   // Bouygues
	5432,   // Proximus
	5483,   // Magyar Telekom
	5610,   // O2 Czechia
	5617,   // Orange Polska
	5769,   // Videotron
	6621,   // Hughes
	6713,   // Maroc Telecom
	6730,   // Sunrise
	6799,   // OTE
	6805,   // Telefonica Germany
	7155,   // ViaSat
	7303,   // Telecom Argentina
	7552,   // Viettel
	8048,   // CANTV
	8359,   // MTS
	8412,   // T-Mobile Austria
	8447,   // A1
	8708,   // Digi Romania
	9050,   // Orange Romania
	9158,   // Telenor Denmark
	9500,   // One New Zealand
	11830,  // ICE Costa Rica
	12302,  // Vodafone Romania
	12353,  // Vodafone Portugal
	12389,  // Rostelecom
	12400,  // Partner
	12430,  // Vodafone Spain
	12479,  // Orange Spain
	12714,  // MegaFon
	13036,  // T-Mobile Czechia
	14593,  // Starlink
	15557,  // SFR
	15802,  // du
	16019,  // Vodafone Czechia
	16086,  // DNA
	17676,  // SoftBank
	22927,  // Telefonica de Argentina
	25019,  // STC
	27683,  // VPN de Mexico: a carrier
	30722,  // Vodafone Italy
	36935,  // Vodafone Egypt
	39891,  // STC
	45899,  // VNPT
	50266,  // Odido
	263097, // VPN Infraestrutura: a carrier
}

// People at home, whose operator's name does not tell.
var fixedNumbers = []uint32{
	209,   // CenturyLink
	701,   // Verizon Fios
	1267,  // Wind Tre
	2856,  // BT
	3269,  // TIM
	3352,  // Telefonica de Espana
	3462,  // Chunghwa: HiNet
	4134,  // Chinanet
	4713,  // NTT: OCN
	4837,  // China Unicom
	5089,  // Virgin Media
	5607,  // Sky UK
	5650,  // Frontier
	6128,  // Altice USA
	6830,  // Liberty Global
	7018,  // AT&T
	7922,  // Comcast
	8151,  // Uninet: Telmex
	8452,  // TE Data
	8551,  // Bezeq
	9121,  // Turk Telekom
	9299,  // PLDT
	9318,  // SK Broadband
	10796, // Charter
	11351, // Charter
	11426, // Charter
	11427, // Charter
	12271, // Charter
	12322, // Free
	12874, // Fastweb
	13285, // TalkTalk
	16591, // Google Fiber
	18881, // Vivo, fixed
	20001, // Charter
	20115, // Charter
	22773, // Cox
	27699, // Vivo, fixed
	28573, // Claro NET
	33363, // Charter
	33915, // Ziggo
	34984, // Superonline
}
