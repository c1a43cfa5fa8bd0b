/** Words as people in the field write them: what titles and notes are made of. */
export const words: readonly string[] = `
  about above access across adjust after again air alarm all almost along also ambient and another any approved
  april area around arrived asked asset at available away axle back badly bag ballast band bank barrier base batch
  battery beam bearing been before began behind being belt below bench bent beside better between beyond bin bit
  blade block blocked board bolt both bottom box bracket brake branch break breaker brick bridge broken brought
  brown brush bucket building built bulb burnt bus but button by cabinet cable calibrated call called came camera
  can cannot cap capacity car card care careful carried case casing cause caution ceiling cell cement centre chain
  chamber changed channel charge charger check checked chemical chief circuit clamp clean cleaned clear clearance
  client clogged close closed cloth coating coil cold collar colour column common complete compressor concrete
  condition conduit confirmed connection connector contact contractor control coolant cooling copper cord corner
  corroded corrosion could counter coupling cover covered crack cracked crane crew critical cross current customer
  cut cycle daily damage damaged damp danger dark data date day dead debris deck deep defect degree delayed
  delivered density depth design detector diameter diesel different dirty disc discharge display distance ditch
  document done door double down drain drained drawing drift drill drive driver dropped dry duct due during dust
  each early earth east edge electric electrician element elevator empty end engine engineer enough entrance entry
  equipment error escalated evening every exact except exhaust exit expected exposed extension external extra eye
  face facing failed failure fan far fast fastener faulty feed fence few field file filled filter final fine finish
  fire first fitted fitting five fix fixed flange flap flashing flat floor flow fluid foam follow following force
  foreman forklift found foundation four frame free fresh from front frost fuel full fumes function fuse gap garage
  gas gasket gate gauge gave gear generator given glass gloves glue good grade grate gravel grease green grid grill
  grinder ground group grout guard half hall hammer hand handle hanger hard hatch hazard head heat heater heavy
  height held helmet here high hinge hired hoist hold hole hook horizontal hose hot hour housing humid hydrant
  hydraulic ice idle impact incident inch indicator indoor informed inlet inner inside inspected inspection install
  installed instead insulation intake internal invoice iron isolated issue item jack jacket joint june junction just
  keep kept key kitchen knob known label ladder lamp landing large laser last later layer lead leak leaking left
  length less level lever lid lift light like lime limit line lining link liquid little load loading local lock
  locked long loose lost loud low lower lubricated machine made main maintenance manager manhole manual many march
  marked mast material maximum meter metal middle mild minimum minor minute missing mixed model module moist monday
  monitor month more morning most motor mounted mounting moved much multiple narrow near need needed needs new next
  night noise noisy none normal north not noted nothing notice nozzle number nut observed occupied odour off office
  oil old once one only open opened operator order original other out outer outlet outside over oxygen pad paint
  painted pallet panel parked part partly parts passed patch path pedal permit person phase photo piece pile pin
  pipe piping piston pit place placed plan planned plant plaster plastic plate platform plug point pole pond poor
  port position possible post power present pressure previous primer probe problem pump purge push quality quick
  radiator rail rain raised ramp range rate rattle reached reading ready rear reason received recorded red reduced
  refill regulator relay release removed repair repaired replace replaced report reported request required reset
  resident restart returned rib ridge right ring river road rod roller roof room rope rotor rough round routine
  rubber run running rust rusty safe safety sample sand saturday scaffold scale schedule scratched screen screw seal
  sealed seat second section secured seen sensor sent separate serial service set seven sewer shaft shed sheet shelf
  shift short should shut side sign signal silent silo since single site size skip slab sleeve slope slow small smell
  smoke smooth socket soft soil solid some soon sound south spare speed spill spindle spring stable staff stage stain
  stair standard start started station steady steel step still stone stop stopped storage store storm straight strap
  street strong structure stuck summer supervisor supply support surface switch system tank tape tap team technician
  temperature temporary ten tenant terminal test tested than that then there thermal thick thin third this thread
  three through tight tightened tile timber time today toilet told tomorrow too tool top torque torn total touch
  towards tower track trailer training tray tree trench trip truck tube tuesday tunnel turbine turned twice two type
  under uneven unit until unusual upper urgent used vacuum valve vehicle vent ventilation verified vertical very
  vessel vibration video visible visit visual volt voltage waiting wall warehouse warm warning washed washer waste
  water weak wear weather week weight weld west wet wheel when where which white wide will wind window winter wire
  wiring with without wood work worked working workshop worn wrench wrong yard year yellow yesterday zone
`
  .trim()
  .split(/\s+/);

/** Who records are assigned to: 50 names. */
export const names: readonly string[] = `
  Amara Okafor,Anders Lindqvist,Ana Souza,Arjun Mehta,Beatriz Lima,Ben Carter,Carmen Ruiz,Chen Wei,Chloe Martin,
  Dagny Berg,Daniel Novak,Dmitri Volkov,Elena Rossi,Emeka Eze,Emily Clarke,Fatima Zahra,Finn Keller,Freya Olsen,
  Giulia Conti,Grace Mwangi,Hana Sato,Hassan Ali,Ida Johansen,Igor Petrov,Isabel Torres,Ivan Horvat,Jakub Kowalski,
  Jasmin Yilmaz,Jonas Weber,Kaito Tanaka,Katarina Nagy,Kofi Mensah,Laura Schmidt,Leila Haddad,Liam Walsh,Lucas Silva,
  Maja Nowak,Marta Costa,Mei Ling,Mohamed Saleh,Nadia Popescu,Nils Hansen,Olga Ivanova,Omar Farouk,Priya Nair,
  Rafael Moreno,Sofia Dimitrova,Tariq Aziz,Yuki Mori,Zoe Anderson
`
  .split(',')
  .map((name) => name.trim());
