package world

import "math"

// country is where people live. Weight is its share of a pool without a home
// market, in no unit; zone is the offset of its clocks in winter, in minutes.
type country struct {
	code   string
	weight float64
	zone   int
	summer bool // clocks go forward from the end of March to the end of October
	cities []city
}

// city has a weight within its country, and a shift of the clock against it.
type city struct {
	name, region string
	lat, lon     float64
	weight       float64
	shift        int
}

// countries of the world, with coordinates as every atlas has them.
var countries = []country{
	{"US", 28, -300, true, []city{{"New York", "New York", 40.71, -74.01, 8, 0}, {"Chicago", "Illinois", 41.88, -87.63, 4, -60}, {"Dallas", "Texas", 32.78, -96.80, 4, -60}, {"Denver", "Colorado", 39.74, -104.99, 2, -120}, {"Los Angeles", "California", 34.05, -118.24, 6, -180}, {"Seattle", "Washington", 47.61, -122.33, 2, -180}, {"Miami", "Florida", 25.76, -80.19, 3, 0}}},
	{"NO", 3, 60, true, []city{{"Oslo", "Oslo", 59.91, 10.75, 6, 0}, {"Bergen", "Vestland", 60.39, 5.32, 2.5, 0}, {"Trondheim", "Trøndelag", 63.43, 10.40, 2, 0}, {"Stavanger", "Rogaland", 58.97, 5.73, 2, 0}, {"Tromsø", "Troms", 69.65, 18.96, 1, 0}}},
	{"SE", 4, 60, true, []city{{"Stockholm", "Stockholm", 59.33, 18.07, 5, 0}, {"Gothenburg", "Västra Götaland", 57.71, 11.97, 3, 0}, {"Malmö", "Skåne", 55.60, 13.00, 2, 0}, {"Umeå", "Västerbotten", 63.83, 20.26, 1, 0}}},
	{"DK", 3, 60, true, []city{{"Copenhagen", "Hovedstaden", 55.68, 12.57, 5, 0}, {"Aarhus", "Midtjylland", 56.16, 10.20, 2, 0}, {"Odense", "Syddanmark", 55.40, 10.40, 1, 0}}},
	{"FI", 2, 120, true, []city{{"Helsinki", "Uusimaa", 60.17, 24.94, 5, 0}, {"Tampere", "Pirkanmaa", 61.50, 23.79, 2, 0}, {"Oulu", "North Ostrobothnia", 65.01, 25.47, 1, 0}}},
	{"DE", 10, 60, true, []city{{"Berlin", "Berlin", 52.52, 13.40, 4, 0}, {"Hamburg", "Hamburg", 53.55, 9.99, 3, 0}, {"Munich", "Bavaria", 48.14, 11.58, 3, 0}, {"Cologne", "North Rhine-Westphalia", 50.94, 6.96, 4, 0}, {"Frankfurt", "Hesse", 50.11, 8.68, 3, 0}, {"Leipzig", "Saxony", 51.34, 12.37, 2, 0}}},
	{"GB", 9, 0, true, []city{{"London", "England", 51.51, -0.13, 8, 0}, {"Manchester", "England", 53.48, -2.24, 3, 0}, {"Birmingham", "England", 52.49, -1.89, 3, 0}, {"Glasgow", "Scotland", 55.86, -4.25, 2, 0}, {"Bristol", "England", 51.45, -2.59, 1, 0}}},
	{"FR", 7, 60, true, []city{{"Paris", "Île-de-France", 48.86, 2.35, 7, 0}, {"Lyon", "Auvergne-Rhône-Alpes", 45.76, 4.84, 3, 0}, {"Marseille", "Provence-Alpes-Côte d'Azur", 43.30, 5.37, 2, 0}, {"Lille", "Hauts-de-France", 50.63, 3.06, 2, 0}, {"Bordeaux", "Nouvelle-Aquitaine", 44.84, -0.58, 1, 0}}},
	{"NL", 4, 60, true, []city{{"Amsterdam", "North Holland", 52.37, 4.90, 4, 0}, {"Rotterdam", "South Holland", 51.92, 4.48, 3, 0}, {"Eindhoven", "North Brabant", 51.44, 5.47, 1, 0}, {"Groningen", "Groningen", 53.22, 6.57, 1, 0}}},
	{"BE", 2, 60, true, []city{{"Brussels", "Brussels", 50.85, 4.35, 3, 0}, {"Antwerp", "Flanders", 51.22, 4.40, 2, 0}, {"Liège", "Wallonia", 50.63, 5.57, 1, 0}}},
	{"ES", 5, 60, true, []city{{"Madrid", "Madrid", 40.42, -3.70, 5, 0}, {"Barcelona", "Catalonia", 41.39, 2.17, 4, 0}, {"Valencia", "Valencia", 39.47, -0.38, 2, 0}, {"Seville", "Andalusia", 37.39, -5.98, 2, 0}}},
	{"PT", 2, 0, true, []city{{"Lisbon", "Lisbon", 38.72, -9.14, 3, 0}, {"Porto", "Porto", 41.15, -8.61, 2, 0}, {"Faro", "Faro", 37.02, -7.93, 1, 0}}},
	{"IT", 5, 60, true, []city{{"Rome", "Lazio", 41.90, 12.50, 4, 0}, {"Milan", "Lombardy", 45.46, 9.19, 4, 0}, {"Naples", "Campania", 40.85, 14.27, 2, 0}, {"Turin", "Piedmont", 45.07, 7.69, 2, 0}}},
	{"CH", 2, 60, true, []city{{"Zurich", "Zurich", 47.38, 8.54, 3, 0}, {"Geneva", "Geneva", 46.20, 6.14, 2, 0}, {"Bern", "Bern", 46.95, 7.45, 1, 0}}},
	{"AT", 2, 60, true, []city{{"Vienna", "Vienna", 48.21, 16.37, 4, 0}, {"Graz", "Styria", 47.07, 15.44, 1, 0}, {"Innsbruck", "Tyrol", 47.27, 11.39, 1, 0}}},
	{"PL", 5, 60, true, []city{{"Warsaw", "Mazovia", 52.23, 21.01, 4, 0}, {"Kraków", "Lesser Poland", 50.06, 19.94, 2, 0}, {"Wrocław", "Lower Silesia", 51.11, 17.03, 2, 0}, {"Gdańsk", "Pomerania", 54.35, 18.65, 1, 0}}},
	{"CZ", 2, 60, true, []city{{"Prague", "Prague", 50.08, 14.44, 3, 0}, {"Brno", "South Moravia", 49.20, 16.61, 1, 0}, {"Ostrava", "Moravia-Silesia", 49.82, 18.26, 1, 0}}},
	{"HU", 1, 60, true, []city{{"Budapest", "Budapest", 47.50, 19.04, 3, 0}, {"Debrecen", "Hajdú-Bihar", 47.53, 21.63, 1, 0}, {"Szeged", "Csongrád-Csanád", 46.25, 20.15, 1, 0}}},
	{"RO", 2, 120, true, []city{{"Bucharest", "Bucharest", 44.43, 26.10, 3, 0}, {"Cluj-Napoca", "Cluj", 46.77, 23.60, 1, 0}, {"Iași", "Iași", 47.16, 27.59, 1, 0}}},
	{"GR", 1, 120, true, []city{{"Athens", "Attica", 37.98, 23.73, 3, 0}, {"Thessaloniki", "Central Macedonia", 40.64, 22.94, 1, 0}, {"Patras", "Western Greece", 38.25, 21.73, 1, 0}}},
	{"IE", 1, 0, true, []city{{"Dublin", "Leinster", 53.35, -6.26, 3, 0}, {"Cork", "Munster", 51.90, -8.47, 1, 0}, {"Galway", "Connacht", 53.27, -9.06, 1, 0}}},
	{"UA", 2, 120, true, []city{{"Kyiv", "Kyiv", 50.45, 30.52, 3, 0}, {"Lviv", "Lviv", 49.84, 24.03, 1, 0}, {"Odesa", "Odesa", 46.48, 30.73, 1, 0}}},
	{"TR", 4, 180, false, []city{{"Istanbul", "Istanbul", 41.01, 28.98, 5, 0}, {"Ankara", "Ankara", 39.93, 32.86, 2, 0}, {"Izmir", "Izmir", 38.42, 27.14, 2, 0}}},
	{"RU", 5, 180, false, []city{{"Moscow", "Moscow", 55.76, 37.62, 5, 0}, {"Saint Petersburg", "Saint Petersburg", 59.93, 30.34, 3, 0}, {"Yekaterinburg", "Sverdlovsk", 56.84, 60.61, 1, 120}, {"Novosibirsk", "Novosibirsk", 55.01, 82.94, 1, 240}}},
	{"IN", 9, 330, false, []city{{"Mumbai", "Maharashtra", 19.08, 72.88, 4, 0}, {"Delhi", "Delhi", 28.61, 77.21, 4, 0}, {"Bengaluru", "Karnataka", 12.97, 77.59, 3, 0}, {"Chennai", "Tamil Nadu", 13.08, 80.27, 2, 0}, {"Kolkata", "West Bengal", 22.57, 88.36, 2, 0}}},
	{"PK", 2, 300, false, []city{{"Karachi", "Sindh", 24.86, 67.01, 3, 0}, {"Lahore", "Punjab", 31.55, 74.34, 2, 0}, {"Islamabad", "Islamabad", 33.68, 73.05, 1, 0}}},
	{"CN", 5, 480, false, []city{{"Shanghai", "Shanghai", 31.23, 121.47, 4, 0}, {"Beijing", "Beijing", 39.90, 116.41, 4, 0}, {"Guangzhou", "Guangdong", 23.13, 113.26, 3, 0}, {"Chengdu", "Sichuan", 30.57, 104.07, 2, 0}}},
	{"JP", 6, 540, false, []city{{"Tokyo", "Tokyo", 35.68, 139.69, 6, 0}, {"Osaka", "Osaka", 34.69, 135.50, 3, 0}, {"Nagoya", "Aichi", 35.18, 136.91, 2, 0}, {"Fukuoka", "Fukuoka", 33.59, 130.40, 1, 0}}},
	{"KR", 3, 540, false, []city{{"Seoul", "Seoul", 37.57, 126.98, 5, 0}, {"Busan", "Busan", 35.18, 129.08, 2, 0}, {"Daegu", "Daegu", 35.87, 128.60, 1, 0}}},
	{"VN", 2, 420, false, []city{{"Ho Chi Minh City", "Ho Chi Minh", 10.82, 106.63, 3, 0}, {"Hanoi", "Hanoi", 21.03, 105.85, 3, 0}, {"Da Nang", "Da Nang", 16.05, 108.21, 1, 0}}},
	{"ID", 3, 420, false, []city{{"Jakarta", "Jakarta", -6.21, 106.85, 5, 0}, {"Surabaya", "East Java", -7.26, 112.75, 2, 0}, {"Denpasar", "Bali", -8.65, 115.22, 1, 60}}},
	{"SG", 1, 480, false, []city{{"Singapore", "Singapore", 1.35, 103.82, 1, 0}}},
	{"AU", 4, 600, false, []city{{"Sydney", "New South Wales", -33.87, 151.21, 4, 0}, {"Melbourne", "Victoria", -37.81, 144.96, 4, 0}, {"Brisbane", "Queensland", -27.47, 153.03, 2, 0}, {"Perth", "Western Australia", -31.95, 115.86, 2, -120}}},
	{"CA", 4, -300, true, []city{{"Toronto", "Ontario", 43.65, -79.38, 5, 0}, {"Montreal", "Quebec", 45.50, -73.57, 3, 0}, {"Vancouver", "British Columbia", 49.28, -123.12, 2, -180}, {"Calgary", "Alberta", 51.05, -114.07, 1, -120}}},
	{"MX", 4, -360, false, []city{{"Mexico City", "Mexico City", 19.43, -99.13, 5, 0}, {"Guadalajara", "Jalisco", 20.66, -103.35, 2, 0}, {"Monterrey", "Nuevo León", 25.69, -100.32, 2, 0}}},
	{"BR", 6, -180, false, []city{{"São Paulo", "São Paulo", -23.55, -46.63, 6, 0}, {"Rio de Janeiro", "Rio de Janeiro", -22.91, -43.17, 3, 0}, {"Salvador", "Bahia", -12.97, -38.50, 1, 0}, {"Porto Alegre", "Rio Grande do Sul", -30.03, -51.23, 1, 0}, {"Manaus", "Amazonas", -3.12, -60.02, 1, -60}}},
	{"AR", 2, -180, false, []city{{"Buenos Aires", "Buenos Aires", -34.60, -58.38, 4, 0}, {"Córdoba", "Córdoba", -31.42, -64.18, 1, 0}, {"Rosario", "Santa Fe", -32.94, -60.64, 1, 0}}},
	{"ZA", 2, 120, false, []city{{"Johannesburg", "Gauteng", -26.20, 28.05, 3, 0}, {"Cape Town", "Western Cape", -33.92, 18.42, 2, 0}, {"Durban", "KwaZulu-Natal", -29.86, 31.02, 1, 0}}},
	{"NG", 2, 60, false, []city{{"Lagos", "Lagos", 6.52, 3.38, 4, 0}, {"Abuja", "FCT", 9.06, 7.49, 1, 0}, {"Kano", "Kano", 12.00, 8.52, 1, 0}}},
	{"EG", 2, 120, false, []city{{"Cairo", "Cairo", 30.04, 31.24, 4, 0}, {"Alexandria", "Alexandria", 31.20, 29.92, 2, 0}, {"Aswan", "Aswan", 24.09, 32.90, 1, 0}}},
}

// spot is a city by its country's index and its own.
type spot struct{ country, city int16 }

func (s spot) at() city { return countries[s.country].cities[s.city] }

// zone is the offset of the clocks there at a moment, in minutes.
func (s spot) zone(ms int64) int16 {
	c := countries[s.country]
	z := c.zone + s.at().shift
	if day := yearDay(ms); c.summer && day >= 88 && day < 300 {
		z += 60
	}
	return int16(z)
}

// yearDay counts days from the first of January, near enough for clocks and seasons.
func yearDay(ms int64) int { return int(math.Mod(float64(ms)/dayMs, 365.2425)) }

// km is the great-circle distance of two cities.
func km(a, b city) float64 {
	const rad = math.Pi / 180
	sinLat, sinLon := math.Sin((b.lat-a.lat)*rad/2), math.Sin((b.lon-a.lon)*rad/2)
	h := sinLat*sinLat + math.Cos(a.lat*rad)*math.Cos(b.lat*rad)*sinLon*sinLon
	return 2 * 6371 * math.Asin(min(1, math.Sqrt(h)))
}

// anyCity draws a city of a country by weight.
func anyCity(d dice, c int16) spot {
	cities := countries[c].cities
	var sum float64
	for i := range cities {
		sum += cities[i].weight
	}
	at := d.Float64() * sum
	for i := range cities {
		if at -= cities[i].weight; at < 0 {
			return spot{c, int16(i)}
		}
	}
	return spot{c, int16(len(cities) - 1)}
}

// anyCountry draws a country by weight, other than not; -1 excludes none.
func anyCountry(d dice, not int16) int16 {
	for {
		var sum float64
		for i := range countries {
			sum += countries[i].weight
		}
		at := d.Float64() * sum
		for i := range countries {
			if at -= countries[i].weight; at < 0 {
				if int16(i) != not {
					return int16(i)
				}
				break
			}
		}
	}
}

// abroad draws where somebody from home travels: large countries and near ones most.
func abroad(d dice, home spot) spot {
	weights := make([]float64, len(countries))
	for i, c := range countries {
		if int16(i) != home.country {
			weights[i] = c.weight * math.Exp(-km(home.at(), c.cities[0])/3000)
		}
	}
	return anyCity(d, int16(d.pick(weights)))
}
