package risk

import "math"

// spot is a place in the form of a profile: 1/65536 of the half or whole circle,
// about 300 m north to south and 600 m along the equator.
type spot struct{ lat, lon int16 }

// direction is a place as a unit vector, where neither the poles nor the date
// line are special.
type direction [3]float32

const earthRadiusKm = 6371.0088

// spotOf rounds a place. Coordinates that cannot be are no place.
func spotOf(lat, lon float64) (spot, bool) {
	if !(math.Abs(lat) <= 90) || !(math.Abs(lon) <= 180) {
		return spot{}, false
	}
	return spot{
		lat: int16(math.Round(lat / 90 * 32767)),
		lon: int16(int32(math.Round(lon/180*32768)) & 0xffff), // 180° is -180°
	}, true
}

func (s spot) degrees() (lat, lon float64) {
	return float64(s.lat) / 32767 * 90, float64(s.lon) / 32768 * 180
}

func (s spot) direction() direction {
	if s.lat == nowhere {
		return direction{9, 9, 9} // nearer to nothing than anything on the sphere
	}
	lat, lon := s.degrees()
	sinLat, cosLat := math.Sincos(lat * math.Pi / 180)
	sinLon, cosLon := math.Sincos(lon * math.Pi / 180)
	return direction{float32(cosLat * cosLon), float32(cosLat * sinLon), float32(sinLat)}
}

// nowhere is a latitude that spotOf never gives: the place is known by its city's
// name alone.
const nowhere = math.MinInt16

func noSpot(city uint64) uint32 { return uint32(uint16(1<<15))<<16 | uint32(city&0xffff) }

func (s spot) packed() uint32       { return uint32(uint16(s.lat))<<16 | uint32(uint16(s.lon)) }
func unpackSpot(packed uint32) spot { return spot{int16(packed >> 16), int16(packed)} }

// chord2 is the square of the chord between two directions: it orders distances
// without a root.
func (d direction) chord2(o direction) float32 {
	x, y, z := d[0]-o[0], d[1]-o[1], d[2]-o[2]
	return x*x + y*y + z*z
}

// km is the great-circle distance that belongs to a squared chord.
func km(chord2 float32) float32 {
	half := math.Sqrt(float64(chord2)) / 2
	return float32(2 * earthRadiusKm * math.Asin(math.Min(1, half)))
}
