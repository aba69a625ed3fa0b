"""`lading demo patch`: a fleet of real images, and a campaign over it until nothing old runs."""
